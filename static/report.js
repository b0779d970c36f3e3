// Saves a report while the user types, and keeps a backup on this device until it is saved.
const form = document.querySelector('[data-report]')
const status = document.getElementById('saved')
const backupNotice = document.getElementById('kept')
const backupKey = `report:${form.dataset.report}:${location.pathname}`
const PAUSE = 2500
const RETRY = 8000
let timer = 0
let saving = false
let dirty = false
let finished = false

const timeLabel = () => {
  const now = new Date()
  const day = now.toLocaleDateString('en-GB', { day: 'numeric', month: 'long' })
  return `${day}, ${now.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' })}`
}
const fields = () => [...form.elements].filter((field) => field.name && field.type !== 'hidden' && field.tagName !== 'BUTTON')

function readAnswers () {
  const answers = {}
  for (const field of fields()) {
    if (!['radio', 'checkbox'].includes(field.type)) answers[field.name] = field.value
    else if (field.checked) answers[field.name] = field.value
  }
  return answers
}

function writeAnswers (answers) {
  for (const field of fields()) {
    if (field.type === 'checkbox') field.checked = field.name in answers
    if (!(field.name in answers) || field.type === 'checkbox') continue
    if (field.type === 'radio') field.checked = field.value === answers[field.name]
    else field.value = answers[field.name]
  }
}

function saveBackup (sent = false) {
  try {
    localStorage.setItem(backupKey, JSON.stringify({ at: timeLabel(), sent, words: readAnswers() }))
    return true
  } catch { return false }
}

function clearBackup () {
  try { localStorage.removeItem(backupKey) } catch { /* storage is off, so there is no backup */ }
}

function setStatus (text) { if (status.textContent !== text) status.textContent = text }

// Numbers each save, so that the portal recognises a save whose response was lost
function countTurn () { form.elements.turn.value = Number(form.elements.turn.value) + 1 }

function showSaved (response, sent) {
  form.elements.version.value = response.version
  const errors = Object.values(response.errors || {})
  if (JSON.stringify(readAnswers()) === sent) {
    dirty = false
    if (!errors.length) clearBackup()
  }
  const problems = errors.length === 1 ? '1 problem' : `${errors.length} problems`
  setStatus(errors.length ? `Saved at ${response.saved} except for ${problems}: ${errors[0]}` : `Saved at ${response.saved}.`)
}

async function save () {
  if (saving) { saveLater(); return }
  saving = true
  const sent = JSON.stringify(readAnswers())
  countTurn()
  const data = new FormData(form)
  data.set('action', 'autosave')
  data.delete('form_key') // the portal uses a form with the same key once
  try {
    const reply = await fetch(location.href, { method: 'POST', body: data, credentials: 'same-origin' })
    const response = await reply.json()
    if (reply.ok) {
      showSaved(response, sent)
    } else if (response.csrf) { // the form's token is old
      form.elements.csrfmiddlewaretoken.value = response.csrf
      saveLater()
    } else if (response.unavailable) {
      setStatus('Not saved: the portal cannot save anything now. Your changes are kept on this device.')
      saveLater(RETRY)
    } else if (response.signed_out) {
      setStatus('You have been signed out. Select Save draft to sign in and keep your changes.')
      finished = true
    } else {
      setStatus(`${response.conflict}. Your changes are kept on this device. Select Save draft to continue.`)
      finished = true
    }
  } catch {
    setStatus('Not saved: you are offline. Your changes are kept on this device.')
    if (dirty) saveLater(RETRY)
  }
  saving = false
}

function saveLater (pause = PAUSE) {
  clearTimeout(timer)
  if (!finished) timer = setTimeout(save, pause)
}

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

form.classList.add('app-report--live')
form.addEventListener('input', () => {
  dirty = true
  saveBackup()
  updateConditionalFields()
  saveLater()
})
form.addEventListener('submit', () => {
  countTurn()
  finished = true
  dirty = false
  clearTimeout(timer)
  saveBackup(true)
})
window.addEventListener('online', () => { if (dirty) save() })
window.addEventListener('beforeunload', (event) => { if (dirty && !saveBackup()) event.preventDefault() })

let backup = null
try { backup = JSON.parse(localStorage.getItem(backupKey)) } catch { clearBackup() }
if (backup && backup.sent && status.textContent.includes('Saved')) backup = null // the portal has these answers
if (backup && Object.entries(backup.words).some(([name, value]) => value !== (readAnswers()[name] ?? ''))) {
  backupNotice.querySelector('p').textContent = `This device has unsaved changes from ${backup.at}.`
  backupNotice.hidden = false
  backupNotice.querySelector('[value=bring]').addEventListener('click', () => {
    writeAnswers(backup.words)
    backupNotice.hidden = true
    dirty = true
    updateConditionalFields()
    save()
  })
  backupNotice.querySelector('[value=drop]').addEventListener('click', () => {
    clearBackup()
    backupNotice.hidden = true
  })
} else {
  clearBackup()
}
updateConditionalFields()
