// Hides a private page that comes back from the browser's back/forward cache, and shows it again only if its user is
// still signed in. Otherwise the address is loaded again, for whoever uses the browser now.
// Shows unsaved text of a report whose form does not open any more, to copy.
// Asks about unsaved text of reports before signing out, so that none of it stays on a shared computer.
import { deleteCopy, deleteOldCopies, readCopies, sendCopy, timeLabel } from './unsaved.js';

const user = document.querySelector('meta[name="portal-user"]').content

async function isStillSignedIn () {
  try {
    const response = await fetch('/account/here/', { cache: 'no-store' })
    return response.status === 204 && response.headers.get('Portal-User') === user
  } catch { return false }
}

window.addEventListener('pagehide', () => { document.documentElement.hidden = true })

window.addEventListener('pageshow', async ({ persisted }) => {
  if (persisted && !await isStillSignedIn()) location.replace(location.pathname + location.search)
  else document.documentElement.hidden = false
})

function element (name, text, className = '') {
  const made = document.createElement(name)
  made.textContent = text
  made.className = className
  return made
}

const textsOf = (copy) => Object.keys(copy.values).map((name) => element('p', `${copy.labels[name]}: ${copy.values[name]}`))

for (const place of document.querySelectorAll('[data-unsaved-of]')) {
  for (const [key, copy] of readCopies(place.dataset.unsavedOf)) {
    const notice = element('div', '', 'app-report__copy')
    const discard = element('button', 'Discard', 'nhsuk-button nhsuk-button--small nhsuk-button--secondary')
    discard.addEventListener('click', () => {
      deleteCopy(key)
      notice.remove()
    })
    const why = `This device has text for this report, typed on ${timeLabel(copy.at)}, that may not be saved. Copy what you need.`
    notice.append(element('p', why), ...textsOf(copy), discard)
    place.append(notice)
  }
}

async function send (status) {
  status.textContent = 'Sending'
  for (const [key, copy] of readCopies()) {
    if (!status.isConnected) return false // cancelled
    const isSaved = await sendCopy(key, copy).catch(() => false)
    if (isSaved && !status.isConnected) return false // cancelled: its user may have typed more
    if (isSaved) { deleteCopy(key); continue }
    const link = element('a', `open ${copy.title}`)
    link.href = copy.path
    status.replaceChildren('Not sent. Copy what you need, or ', link, ...textsOf(copy))
    return false
  }
  return true
}

function ask (form, copies) {
  const dialog = element('dialog', '', 'app-dialog')
  const titles = [...new Set(copies.map(([, copy]) => copy.title))].join(', ')
  const status = element('div', titles, 'app-dialog__text')
  status.setAttribute('role', 'status')
  const heading = element('h2', 'You have unsaved text', 'nhsuk-heading-m')
  heading.id = 'unsaved-text'
  dialog.setAttribute('aria-labelledby', heading.id)
  const buttons = [
    ['Send and sign out', '', () => send(status)],
    ['Discard and sign out', 'nhsuk-button--secondary', () => { readCopies().forEach(([key]) => deleteCopy(key)); return true }],
    ['Cancel', 'nhsuk-button--secondary', () => { dialog.close(); return false }]
  ].map(([text, className, act]) => {
    const button = element('button', text, `nhsuk-button nhsuk-button--small ${className}`)
    button.addEventListener('click', async () => {
      const others = buttons.slice(0, 2) // not Cancel
      others.forEach((other) => { other.disabled = true })
      const isDone = await act()
      others.forEach((other) => { other.disabled = false })
      if (!isDone || !dialog.open) return // cancelled while sending
      readCopies().forEach(([key]) => deleteCopy(key))
      form.submit()
    })
    return button
  })
  dialog.addEventListener('close', () => {
    dialog.remove()
    document.dispatchEvent(new Event('portal:staying'))
  })
  dialog.append(heading, status, ...buttons)
  document.body.append(dialog)
  dialog.showModal()
}

document.addEventListener('submit', (event) => {
  if (event.target.getAttribute('action') !== '/account/sign-out/') return
  deleteOldCopies()
  const copies = readCopies()
  if (!copies.length || !window.HTMLDialogElement) return
  event.preventDefault()
  document.dispatchEvent(new Event('portal:signing-out')) // the report form neither saves nor stores anything now
  ask(event.target, copies)
})
