// Sends a form only once the portal answers: otherwise the browser's own error would replace the page, and all that was
// typed would be lost. Asks before a page with unsaved changes is left. The form of a report has its own script.
const TIMEOUT = 10000
const SLOW = 500
const all = document.querySelectorAll('main form[method=post]:not([data-report], [action="/account/sign-out/"])')
const forms = [...all].filter((form) => form.requestSubmit && window.SubmitEvent)
const leaving = new Set() // forms that the browser is sending
const waiting = new Set() // forms that wait for an answer of the portal

const read = (form) => JSON.stringify([...new FormData(form)].map(([name, value]) => [name, value.name ?? value]))
// Text with errors is not saved, so that form is never as it was opened
const opened = new Map(forms.map((form) => [form, form.querySelector('.nhsuk-form-group--error') ? '' : read(form)]))

async function isAnswering () {
  const controller = new AbortController()
  const timeout = setTimeout(() => controller.abort(), TIMEOUT)
  try {
    await fetch('/healthz', { method: 'HEAD', cache: 'no-store', signal: controller.signal })
    return true // also with an error: the page with the answer to the form shows what was typed
  } catch { return false } finally { clearTimeout(timeout) }
}

const announced = document.createElement('p') // it is there before its text, so that screen readers read the text
announced.className = 'nhsuk-u-visually-hidden'
announced.setAttribute('role', 'status')
document.querySelector('main').append(announced)

function show (form, text, { problem = false } = {}) {
  let bar = form.querySelector('.app-bar')
  if (!bar) {
    bar = document.createElement('div')
    bar.className = 'app-bar'
    bar.append(document.createElement('p'))
    form.append(bar)
  }
  bar.hidden = !text
  bar.firstChild.className = `app-bar__state ${problem ? 'app-bar__state--problem' : ''}`
  bar.firstChild.textContent = announced.textContent = text
}

async function send (form, button) {
  if (waiting.has(form)) return // a second press
  waiting.add(form)
  const slow = setTimeout(() => show(form, 'Sending'), SLOW)
  const isAnswered = await isAnswering()
  waiting.delete(form)
  const act = button ? `select ${button.textContent.trim().replace(/\s+/g, ' ')} again` : 'try again'
  if (!isAnswered) {
    clearTimeout(slow)
    const why = navigator.onLine ? 'the portal does not answer' : 'you are offline'
    show(form, `Not sent: ${why}. Leave this page open, and ${act} later`, { problem: true })
    return
  }
  leaving.add(form)
  setTimeout(() => { // the portal uses a form once, also if it is sent again
    leaving.delete(form)
    show(form, `The portal does not answer. Leave this page open, and ${act}`, { problem: true })
  }, TIMEOUT)
  form.requestSubmit(button)
}

// Signing in, and forms of a line or two, are quickly typed again
const asking = forms.filter((form) => form.querySelector('textarea') || form.querySelectorAll('input[type=text]').length > 2)

function askBeforeLeaving (event) {
  if (asking.some((form) => !leaving.has(form) && read(form) !== opened.get(form))) event.preventDefault()
}

for (const form of forms) {
  form.addEventListener('submit', (event) => {
    if (leaving.has(form) || event.defaultPrevented) return
    event.preventDefault()
    send(form, event.submitter)
  })
}
for (const form of asking) {
  form.addEventListener('input', () => window.addEventListener('beforeunload', askBeforeLeaving), { once: true })
  if (!opened.get(form)) window.addEventListener('beforeunload', askBeforeLeaving)
}
window.addEventListener('online', () => {
  for (const form of forms) {
    if (form.querySelector('.app-bar__state--problem')) show(form, 'You are online. This page is not sent yet', { problem: true })
  }
})
window.addEventListener('pageshow', ({ persisted }) => {
  if (!persisted) return
  leaving.clear()
  forms.forEach((form) => show(form, ''))
})
