// Saves a report while the user types. What the portal has not confirmed stays on this device.
import {
  REPORT, addUnanswered, autosaveData, deleteCopy, keyOf, labelOf, post, prefixOf, readCopies, readOpened, setOpened,
  timeLabel, writeCopy
} from './unsaved.js';

const form = document.querySelector('[data-report]')
const bar = document.getElementById('saved')
const announced = document.getElementById('announced')
const saveButton = form.querySelector('button[value=save]')
const PAUSE = 2500
const RETRY = 8000
const SAVED = 'saved'
const REFUSED = 'refused' // the portal has answered, but the text is not saved
const NO_ANSWER = 'no answer'
const OFFLINE = 'offline'
const page = `${Date.now()}-${Math.random().toString(36).slice(2)}`
const copyKey = keyOf(REPORT, location.pathname, page)
let timer = 0
let queue = Promise.resolve()
let typedAt = Date.now()
let unanswered = {} // {name: [texts that were sent without an answer]}
let isRefused = false // a save is of no use before the user has answered a question
let isLeaving = false
let hadProblem = false
let isOver = false // the user is asked, while signing out, whether to send the text or discard it

if (!form.requestSubmit || !window.SubmitEvent || !window.HTMLDialogElement) throw new Error('This browser is too old to save while its user types')

// Fields --------------------------------------------------------------------------------------------------------------
const fields = () => [...form.elements].filter((field) => field.name && field.type !== 'hidden' && field.tagName !== 'BUTTON')

function readAnswers () {
  const answers = {}
  for (const field of fields()) {
    if (!['radio', 'checkbox'].includes(field.type) || field.checked) answers[field.name] = field.value
    else answers[field.name] ??= ''
  }
  return answers
}

function writeAnswer (name, value) {
  for (const field of fields().filter((field) => field.name === name)) {
    if (['radio', 'checkbox'].includes(field.type)) field.checked = field.value === value
    else {
      const lacksOption = field.options && ![...field.options].some((option) => option.value === value)
      if (lacksOption) field.add(new Option('Another option: reload the page to see it', value))
      field.value = value
    }
  }
}

const openedValue = (name) => {
  const prefix = prefixOf(name)
  return (readOpened(form, prefix) || {})[name.slice(prefix.length)] ?? ''
}

// {name: the text on the page that the portal has}
const confirmed = Object.fromEntries(Object.keys(readAnswers()).map((name) => [name, openedValue(name)]))

function changedNames () {
  const now = readAnswers()
  return Object.keys(now).filter((name) => now[name].trim() !== confirmed[name].trim())
}

// The copy on this device ---------------------------------------------------------------------------------------------
function saveCopy (settles = '') {
  if (isOver) return true
  const names = changedNames()
  const pick = (read) => Object.fromEntries(names.map((name) => [name, read(name)]))
  const now = readAnswers()
  return writeCopy(copyKey, {
    path: location.pathname,
    title: form.dataset.title,
    at: typedAt,
    settles, // the `page` of the form that this text was submitted with
    values: pick((name) => now[name]),
    base: pick(openedValue),
    labels: pick((name) => labelOf(fields().find((field) => field.name === name), name)),
    unanswered
  })
}

// Saving --------------------------------------------------------------------------------------------------------------
function show (state, { problem = false, saved = false, link = '' } = {}) {
  bar.textContent = state
  bar.classList.toggle('app-bar__state--problem', problem)
  if ((problem || (saved && hadProblem)) && announced.textContent !== state) announced.textContent = state
  if (problem || saved) hadProblem = problem
  if (!link) return
  const signIn = document.createElement('a')
  signIn.href = `/account/sign-in/?next=${encodeURIComponent(location.pathname)}`
  signIn.textContent = link
  signIn.addEventListener('click', (event) => { event.preventDefault(); leave(saveButton) }) // takes the text along
  bar.append('. ', signIn)
}

function showUnsaved (why) {
  const onDevice = saveCopy() ? '. Your text is saved on this device' : ''
  show(`Not saved: ${why}${onDevice}`, { problem: true })
}

function takeAnswer (answer, sent) {
  const now = readAnswers()
  unanswered = {}
  for (const [input, values] of Object.entries(answer.opened)) {
    for (const [part, value] of Object.entries(values)) {
      const name = prefixOf(input) + part
      const isMerged = answer.merged.includes(name)
      if (!(name in now) || (isMerged && now[name] !== sent[name])) continue // typed while saving: the next save asks
      setOpened(form, name, value)
      if (isMerged) writeAnswer(name, value)
      if (!(name in answer.errors)) confirmed[name] = isMerged ? value : sent[name]
    }
  }
  saveCopy()
  updateConditionalFields()
  const errors = Object.values(answer.errors)
  const problems = errors.length === 1 ? '1 problem' : `${errors.length} problems`
  if (errors.length) show(`Saved at ${answer.saved} except for ${problems}: ${errors[0]}`, { problem: true })
  else show(`Saved at ${answer.saved}`, { saved: true })
  const typed = readAnswers()
  if (changedNames().some((name) => typed[name] !== sent[name])) {
    show('Unsaved changes')
    saveLater()
  }
}

async function save (hasNewToken = false) {
  clearTimeout(timer)
  if (isLeaving || isOver) return REFUSED
  show('Saving')
  const sent = readAnswers()
  const names = changedNames()
  const data = autosaveData(form, unanswered)
  const before = unanswered
  unanswered = addUnanswered(before, Object.fromEntries([...names, ...Object.keys(before)].map((name) => [name, [sent[name] ?? '']])))
  let status, answer
  try {
    [status, answer] = await post(location.pathname, data)
  } catch (error) {
    const isOffline = error.name !== 'AbortError'
    showUnsaved(isOffline ? 'you are offline' : 'the portal does not answer')
    saveLater(RETRY)
    return isOffline ? OFFLINE : NO_ANSWER
  }
  if (status >= 500) {
    showUnsaved('the portal cannot save anything now')
    saveLater(RETRY)
    return NO_ANSWER
  }
  if (status === 200 && answer) {
    isRefused = false
    takeAnswer(answer, sent)
    return SAVED
  }
  unanswered = before
  if (status === 403 && answer && answer.csrf && !hasNewToken) {
    form.elements.csrfmiddlewaretoken.value = answer.csrf
    return save(true)
  }
  if (status === 401) {
    saveCopy()
    show('Not saved: you are signed out', { problem: true, link: 'Sign in' })
  } else {
    isRefused = true
    showUnsaved(`${answer && answer.conflict ? answer.conflict : 'this page is out of date'}. Select Save draft to continue`)
  }
  return REFUSED
}

// Saves once the saves before have ended
function saveNow () {
  queue = queue.catch(() => {}).then(() => save())
  return queue
}

function saveLater (pause = PAUSE) {
  clearTimeout(timer)
  if (!isRefused) timer = setTimeout(saveNow, pause)
}

// Submits the form as without scripts. The copy is deleted once the portal has saved this form, or the same text
function leave (button) {
  form.elements.page.value = `${page}-${Date.now()}`
  saveCopy(form.elements.page.value)
  isLeaving = true
  setTimeout(() => { isLeaving = false }, RETRY) // if the browser cannot open the next page
  form.requestSubmit(button)
}

form.addEventListener('submit', async (event) => {
  if (isLeaving) return
  event.preventDefault()
  const button = event.submitter || saveButton
  const outcome = await saveNow()
  if (isLeaving) return // a second press
  if (outcome === SAVED || outcome === REFUSED) leave(button)
  else if (outcome === OFFLINE && saveCopy()) {
    show('You are offline. Your text is saved on this device and will be sent when you are online', { problem: true })
  }
})

form.addEventListener('input', () => {
  typedAt = Date.now()
  saveCopy()
  updateConditionalFields()
  if (isRefused) return
  show('Unsaved changes')
  saveLater()
})
window.addEventListener('online', () => { if (changedNames().length) saveNow() })
document.addEventListener('visibilitychange', () => { if (changedNames().length && !isRefused) saveNow() })
window.addEventListener('beforeunload', (event) => {
  if (!isLeaving && !isOver && changedNames().length && !saveCopy()) event.preventDefault()
})
window.addEventListener('pagehide', () => {
  if (isLeaving || isOver || isRefused || !changedNames().length) return
  saveCopy()
  post(location.pathname, autosaveData(form, unanswered), { keepalive: true }).catch(() => {})
})
window.addEventListener('pageshow', (event) => { if (event.persisted) isLeaving = false })
// Another page may have sent the copy of this one, before its user cancelled signing out
function takeSent (copy) {
  if (copy) unanswered = addUnanswered(unanswered, copy.unanswered)
}
window.addEventListener('storage', ({ key, newValue }) => { if (key === copyKey && newValue) takeSent(JSON.parse(newValue)) })
document.addEventListener('portal:signing-out', () => { isOver = true })
document.addEventListener('portal:staying', () => {
  isOver = false
  takeSent(readCopies(REPORT, location.pathname).find(([key]) => key === copyKey)?.[1])
  if (changedNames().length) saveLater()
})

// Conditional fields --------------------------------------------------------------------------------------------------
// Shows the fields that only some answers need, and marks those changed since the last report
function updateConditionalFields () {
  const overall = form.querySelector('[name=overall]:checked')
  const path = document.getElementById('path')
  path.hidden = !path.querySelector('textarea').value && !(overall && ['red', 'amber'].includes(overall.value))
  const reason = document.getElementById('stage-reason')
  const order = reason.dataset.stages.split(' ')
  const stage = form.elements.stage.value
  const isBackwards = stage && reason.dataset.now && order.indexOf(stage) < order.indexOf(reason.dataset.now)
  reason.hidden = !isBackwards && !reason.querySelector('input').value
  for (const row of form.querySelectorAll('.app-milestone')) {
    const forecast = row.querySelector('input[name$=-forecast]')
    const why = row.querySelector('.app-milestone__why')
    const owed = forecast.value.trim() !== row.dataset.forecast || why.querySelector('select').value
    why.classList.toggle('app-milestone__why--still', !owed && !('needsReason' in row.dataset))
  }
  for (const part of form.querySelectorAll('[data-before]')) {
    const radio = part.querySelector('input[type=radio]')
    const now = radio ? (part.querySelector('input:checked') || { value: '' }).value : part.querySelector('input, textarea').value.trim()
    const changed = part.dataset.before !== '' && now !== part.dataset.before.trim()
    part.classList.toggle('app-report__field--changed', changed)
  }
}

// Copies of earlier pages ---------------------------------------------------------------------------------------------
// Puts the changed fields of a copy into the form, to be merged. Returns the names of those that it cannot put there
function restore (copy) {
  const now = readAnswers()
  const changed = changedNames()
  const left = Object.keys(copy.values).filter((name) => !(name in now) || changed.includes(name))
  for (const [name, value] of Object.entries(copy.values)) {
    if (left.includes(name)) continue
    setOpened(form, name, copy.base[name])
    writeAnswer(name, value)
  }
  unanswered = addUnanswered(copy.unanswered, unanswered)
  typedAt = copy.at
  saveCopy()
  updateConditionalFields()
  return left
}

function offer (key, copy) {
  const notice = document.getElementById('copy').content.firstElementChild.cloneNode(true)
  const [text, button, discard] = [notice.querySelector('p'), ...notice.querySelectorAll('button')]
  const labels = Object.keys(copy.values).map((name) => copy.labels[name]).join(', ')
  text.textContent = `This device has unsaved text, typed on ${timeLabel(copy.at)}: ${labels}.`
  button.addEventListener('click', async () => {
    const left = restore(copy)
    if (left.length) {
      text.textContent = `Copy this text if you need it. ${left.map((name) => `${copy.labels[name]}: ${copy.values[name]}`).join('. ')}`
      button.remove()
      writeCopy(key, { ...copy, values: Object.fromEntries(left.map((name) => [name, copy.values[name]])) })
    } else {
      deleteCopy(key)
      notice.remove()
    }
    if (await saveNow() === REFUSED && isRefused) leave(saveButton)
  })
  discard.addEventListener('click', () => {
    deleteCopy(key)
    notice.remove()
  })
  form.before(notice)
}

form.classList.add('app-report--live')
updateConditionalFields()
const answers = readAnswers()
for (const [key, copy] of readCopies(REPORT, location.pathname)) {
  const names = Object.keys(copy.values).filter((name) => copy.values[name] !== answers[name])
  if (!names.length || (copy.settles && copy.settles === form.dataset.settled)) deleteCopy(key)
  else offer(key, { ...copy, values: Object.fromEntries(names.map((name) => [name, copy.values[name]])) })
}
if (changedNames().length) { // answers of a user who has signed in again, or with errors
  show('Unsaved changes')
  saveCopy()
  saveLater()
}
