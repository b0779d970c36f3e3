// Hides a private page that comes back from the browser's back/forward cache, and shows it again only if its user is
// still signed in. Otherwise the address is loaded again, for whoever uses the browser now.
// Shows unsaved text of a form that does not open any more, to copy.
// Asks about unsaved text before signing out, so that none of it stays on a shared computer.
import {
  FORM, REPORT, deleteCopy, deleteExpiredCopies, deleteOldCopies, deleteSavedCopies, element, formOf, moveSentCopy,
  noticeOf, readCopies, sendCopy, textsOf, timeLabel
} from './unsaved.js';

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

const here = location.pathname + location.search
const readAllCopies = () => [...readCopies(REPORT), ...readCopies(FORM)]

function noticeToCopy (noun, key, copy) {
  const why = `This device has text for this ${noun}, typed on ${timeLabel(copy.at)}, that may not be saved. Copy what you need.`
  return noticeOf(key, why, ...textsOf(copy))
}

deleteExpiredCopies()
deleteSavedCopies()
moveSentCopy()
for (const place of document.querySelectorAll('[data-unsaved-of]')) {
  for (const [key, copy] of readCopies(REPORT, place.dataset.unsavedOf)) place.append(noticeToCopy('report', key, copy))
}
if (!document.querySelector('meta[name="portal-unsaved"]')) { // that page shows the text
  for (const [key, copy] of readCopies(FORM, here)) {
    if (!formOf(copy)) document.querySelector('main h1')?.after(noticeToCopy('page', key, copy))
  }
}

async function sendAll (status) {
  status.textContent = 'Sending'
  for (const [key, copy] of readCopies(REPORT)) {
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

// A link to the page of a copy. Where that is this page, it closes the dialog
function linkTo (copy, dialog) {
  const link = element('a', copy.title)
  link.href = copy.path
  link.addEventListener('click', (event) => {
    if (copy.path !== here) return
    event.preventDefault()
    dialog.close()
  })
  return link
}

function ask (form, copies) {
  const dialog = element('dialog', '', 'app-dialog')
  const titles = [...new Set(copies.map(([, { title }]) => title))].join(', ')
  const canSend = !readCopies(FORM).length
  const status = element('div', canSend ? titles : '', 'app-dialog__text')
  if (!canSend) status.append(element('p', 'Open a page to save its text.'), ...copies.flatMap(([, copy]) => {
    const line = element('p', '')
    line.append(linkTo(copy, dialog))
    return [line, ...textsOf(copy)]
  }))
  status.setAttribute('role', 'status')
  const heading = element('h2', 'You have unsaved text', 'nhsuk-heading-m')
  heading.id = 'unsaved-text'
  dialog.setAttribute('aria-labelledby', heading.id)
  const send = ['Send and sign out', '', () => sendAll(status)]
  const buttons = [
    ...(canSend ? [send] : []),
    ['Discard and sign out', canSend ? 'nhsuk-button--secondary' : 'nhsuk-button--warning', () => true],
    ['Cancel', 'nhsuk-button--secondary', () => { dialog.close(); return false }]
  ].map(([text, className, act]) => {
    const button = element('button', text, `nhsuk-button nhsuk-button--small ${className}`)
    button.addEventListener('click', async () => {
      const others = buttons.slice(0, -1) // not Cancel
      others.forEach((other) => { other.disabled = true })
      const isDone = await act()
      others.forEach((other) => { other.disabled = false })
      if (!isDone || !dialog.open) return // cancelled while sending
      readAllCopies().forEach(([key]) => deleteCopy(key))
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
  const copies = readAllCopies()
  if (!copies.length || !window.HTMLDialogElement) return
  event.preventDefault()
  document.dispatchEvent(new Event('portal:signing-out')) // no form saves or stores anything now
  ask(event.target, copies)
})
