// Sends a form only once the portal answers: otherwise the browser's own error would replace the page, and all that was
// typed would be lost. Stores long forms on the device, and asks before a page with unsaved changes is left. The form of
// a report has its own script.
const TIMEOUT = 10000
const SLOW = 500
const all = document.querySelectorAll('main form[method=post]:not([data-report], [action="/account/sign-out/"])')
const forms = [...all].filter((form) => form.requestSubmit && window.SubmitEvent)
const leaving = new Map() // {form that the browser is sending: timer of its answer}
const waiting = new Set() // forms that wait for an answer of the portal
let own = null // the form that this script is submitting
let isSigningOut = false // after a question about unsaved text

const read = (form) => JSON.stringify([...new FormData(form)].map(([name, value]) => [name, value.name ?? value]))
// Text with errors is not saved, so that form is never as it was opened
const opened = new Map(forms.map((form) => [form, form.querySelector('.nhsuk-form-group--error') ? '' : read(form)]))

// Also with an error of the portal: its page shows what was typed. A proxy without the portal would show its own
async function isAnswering () {
  const controller = new AbortController()
  const timeout = setTimeout(() => controller.abort(), TIMEOUT)
  const options = { method: 'HEAD', cache: 'no-store', credentials: 'omit', signal: controller.signal }
  try {
    const { status } = await fetch('/healthz', options)
    return ![502, 504].includes(status)
  } catch { return false } finally { clearTimeout(timeout) }
}

// The bar is there before its text, so that screen readers read the text
const bar = document.createElement('div')
const state = document.createElement('p')
state.setAttribute('role', 'status')
bar.append(state)
if (forms.length) document.querySelector('main').append(bar)

function show (text, { problem = false } = {}) {
  bar.className = `app-bar ${text ? '' : 'nhsuk-u-visually-hidden'}`
  state.className = `app-bar__state ${problem ? 'app-bar__state--problem' : ''}`
  state.textContent = text
}
show('')

async function send (form, button) {
  if (waiting.has(form)) return // a second press
  waiting.add(form)
  show('')
  const slow = setTimeout(() => show('Sending'), SLOW)
  const isAnswered = await isAnswering()
  waiting.delete(form)
  const act = button ? `select ${button.textContent.trim().replace(/\s+/g, ' ')} again` : 'try again'
  if (!isAnswered) {
    clearTimeout(slow)
    const why = navigator.onLine ? 'the portal does not answer' : 'you are offline'
    show(`Not sent: ${why}. Leave this page open, and ${act} later`, { problem: true })
    return
  }
  const hasFile = form.enctype === 'multipart/form-data' // which takes its time
  leaving.set(form, hasFile ? 0 : setTimeout(() => { // the portal uses a form once, also if it is sent again
    leaving.delete(form)
    show(`The portal has not answered yet. Leave this page open, and ${act}`, { problem: true })
  }, TIMEOUT))
  own = form
  form.requestSubmit(button)
  own = null
}

// Signing in, and forms of a line or two, are quickly typed again
const asking = forms.filter((form) => form.querySelector('textarea') || form.querySelectorAll('input[type=text]').length > 2)

function askBeforeLeaving (event) {
  if (!isSigningOut && asking.some((form) => !leaving.has(form) && read(form) !== opened.get(form))) event.preventDefault()
}

for (const form of forms) {
  form.addEventListener('submit', (event) => {
    if (event.defaultPrevented || own === form) return
    event.preventDefault()
    if (!leaving.has(form)) send(form, event.submitter)
  })
}
for (const form of asking) {
  form.addEventListener('input', () => window.addEventListener('beforeunload', askBeforeLeaving), { once: true })
  if (!opened.get(form)) window.addEventListener('beforeunload', askBeforeLeaving)
}
if (asking.length && document.querySelector('meta[name="portal-user"]')) {
  import('./form-copies.js').then(({ storeCopies }) => asking.forEach(storeCopies))
}
document.addEventListener('portal:signing-out', () => { isSigningOut = true })
document.addEventListener('portal:staying', () => { isSigningOut = false })
window.addEventListener('online', () => {
  if (state.classList.contains('app-bar__state--problem')) show('You are online. This page is not sent yet', { problem: true })
})
window.addEventListener('pageshow', ({ persisted }) => {
  if (!persisted) return
  leaving.forEach((timer) => clearTimeout(timer))
  leaving.clear()
  show('')
})
