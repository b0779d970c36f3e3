// Text that the portal has not confirmed, stored on this device: a copy for each open form. A copy has the text of each
// changed field and the value that the page was opened with (base). That of a report has texts sent without an answer.
const TIMEOUT = 10000
const MAX_UNANSWERED = 5
const MAX_AGE = 30 * 86_400_000 // milliseconds
const SAVED = 'saved_forms=' // a cookie with the keys of forms that the portal has saved
const user = document.querySelector('meta[name="portal-user"]').content

export const REPORT = 'report'
export const FORM = 'form'
export const keyOf = (kind, ...parts) => [kind, user, ...parts].join(':')
export const keyOfForm = (form) => keyOf(FORM, form.elements.form_key.value)

// [[key, copy]] of the user on this device, of a path or of all, oldest first
export function readCopies (kind, path = '') {
  const copies = []
  try {
    for (const key of Object.keys(localStorage).filter((key) => key.startsWith(keyOf(kind, '')))) {
      const copy = JSON.parse(localStorage.getItem(key))
      if (copy.path === path || !path) copies.push([key, copy])
    }
  } catch { /* storage is off */ }
  return copies.sort(([, one], [, other]) => one.at - other.at)
}

// Whether the copy is stored. One without fields is deleted
export function writeCopy (key, copy) {
  try {
    if (Object.keys(copy.values).length) localStorage.setItem(key, JSON.stringify(copy))
    else localStorage.removeItem(key)
    return true
  } catch { return false }
}

export function deleteCopy (key) {
  try { localStorage.removeItem(key) } catch { /* storage is off, so there is no copy */ }
}

// Deletes the copies of forms that the portal has saved
export function deleteSavedCopies () {
  const saved = document.cookie.split('; ').find((cookie) => cookie.startsWith(SAVED))
  if (!saved) return
  saved.slice(SAVED.length).split('.').forEach((key) => deleteCopy(keyOf(FORM, key)))
  document.cookie = `${SAVED}; path=/; max-age=0; samesite=lax`
}

// The form of this page that a copy is of, or undefined. Error pages and merge pages can have another address
export function formOf (copy) {
  const hasField = (form) => form.elements.form_key && Object.keys(copy.values).some((name) => form.elements[name])
  const forms = [...document.querySelectorAll('main form[method=post]')].filter(hasField)
  return forms.find((form) => (form.getAttribute('action') ?? '') === copy.action)
}

// On a page that shows what was sent, as it is not saved: the copy becomes that of the form on this page
export function moveSentCopy () {
  const sent = document.querySelector('meta[name="portal-unsaved"]')
  const key = sent && keyOf(FORM, sent.content)
  const copy = readCopies(FORM).find(([other]) => other === key)?.[1]
  const form = copy && formOf(copy)
  if (!form || keyOfForm(form) === key) return
  if (writeCopy(keyOfForm(form), copy)) deleteCopy(key)
}

// Deletes the copies of any user that are older than 30 days, when the next user of this device has signed in
export function deleteExpiredCopies () {
  try {
    for (const key of Object.keys(localStorage).filter((key) => /^(report|form):/.test(key))) {
      if (Date.now() - JSON.parse(localStorage.getItem(key))?.at > MAX_AGE) deleteCopy(key)
    }
  } catch { /* storage is off */ }
}

// Deletes the copies of earlier releases, whose keys have the id of a user
export function deleteOldCopies () {
  try { Object.keys(localStorage).filter((key) => /^report:\d{1,18}:/.test(key)).forEach(deleteCopy) } catch { /* storage is off */ }
}

// "Monday 23 November at 11:27"
export function timeLabel (at) {
  const day = new Date(at).toLocaleDateString('en-GB', { weekday: 'long', day: 'numeric', month: 'long' })
  return `${day.replace(',', '')} at ${new Date(at).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' })}`
}

// [status, text] of the portal. Throws without an answer in 10 seconds
async function ask (path, options = {}) {
  const controller = new AbortController()
  const timeout = setTimeout(() => controller.abort(), TIMEOUT)
  try {
    const reply = await fetch(path, { credentials: 'same-origin', signal: controller.signal, ...options })
    return [reply.status, await reply.text()]
  } finally { clearTimeout(timeout) }
}

// [status, answer] of the portal; the answer is null if it is not JSON. Throws without an answer in 10 seconds
export async function post (path, data, options = {}) {
  const [status, text] = await ask(path, { method: 'POST', body: data, ...options })
  try { return [status, JSON.parse(text)] } catch { return [status, null] }
}

// "m5-" of m5-forecast, "" of summary: the start of the names of a row's fields
export const prefixOf = (name) => name.slice(0, name.lastIndexOf('-') + 1)

export function labelOf (field, name) {
  const label = field?.closest('.nhsuk-form-group')?.querySelector('legend, label') ?? field?.labels?.[0]
  const row = field?.closest('.app-milestone')?.querySelector('legend').textContent.trim().replace(/\s+/g, ' ')
  const text = label ? label.textContent.trim().replace(' (optional)', '') : name
  return row ? `${row}: ${text}` : text
}

export function element (name, text, className = '') {
  const made = document.createElement(name)
  made.textContent = text
  made.className = className
  return made
}

// A paragraph for each text of a copy, to copy
export const textsOf = ({ values, labels, texts = values }) => {
  return Object.keys(values).map((name) => element('p', `${labels[name]}: ${texts[name] || '(blank)'}`))
}

// A notice of a copy, with a button that discards the copy
export function noticeOf (key, why, ...parts) {
  const notice = element('div', '', 'app-report__copy')
  const discard = element('button', 'Discard', 'nhsuk-button nhsuk-button--small nhsuk-button--secondary')
  discard.addEventListener('click', () => {
    deleteCopy(key)
    notice.remove()
  })
  notice.append(element('p', why), ...parts, discard)
  return notice
}

export function readOpened (form, prefix) {
  const input = form.elements[`${prefix}opened`]
  return input ? JSON.parse(input.value) : null
}

// Sets the value that a field was opened with. Does nothing if the form has no such field
export function setOpened (form, name, value) {
  const prefix = prefixOf(name)
  const opened = readOpened(form, prefix)
  if (opened) form.elements[`${prefix}opened`].value = JSON.stringify({ ...opened, [name.slice(prefix.length)]: value })
}

// The data of an autosave. The portal uses a form with the same key once, so this has none
export function autosaveData (form, unanswered) {
  form.elements.unanswered.value = JSON.stringify(unanswered)
  const data = new FormData(form)
  data.set('action', 'autosave')
  data.delete('form_key')
  return data
}

// {name: [texts sent without an answer]} with more texts of fields. The portal may have these texts or not
export function addUnanswered (unanswered, more) {
  const names = [...new Set([...Object.keys(unanswered), ...Object.keys(more)])]
  return Object.fromEntries(names.map((name) => {
    return [name, [...new Set([...(unanswered[name] || []), ...(more[name] || [])])].slice(-MAX_UNANSWERED)]
  }))
}

// Sends a copy from another page. Returns whether the portal has saved it. The copy says what was sent, for the page that
// has the text, as its user may go on typing there
export async function sendCopy (key, copy) {
  const [, page] = await ask(copy.path)
  const form = new DOMParser().parseFromString(page, 'text/html').querySelector('[data-report]')
  if (!form) return false
  for (const [name, value] of Object.entries(copy.base)) setOpened(form, name, value)
  const data = autosaveData(form, copy.unanswered)
  for (const [name, value] of Object.entries(copy.values)) {
    const field = form.elements[name]
    if (!field) return false
    if (!value && ['radio', 'checkbox'].includes((field[0] ?? field).type)) data.delete(name)
    else data.set(name, value) // the portal does not change an answer that is not sent
  }
  const sent = Object.fromEntries(Object.entries(copy.values).map(([name, value]) => [name, [value]]))
  writeCopy(key, { ...copy, unanswered: addUnanswered(copy.unanswered, sent) })
  const [status, answer] = await post(copy.path, data)
  return status === 200 && answer !== null && !Object.keys(answer.errors).length
}
