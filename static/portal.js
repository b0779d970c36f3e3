import { initAll } from './nhsuk-frontend.min.js';

initAll()

if (document.querySelector('main form[method=post]')) import('./sending.js')
if (document.querySelector('[data-app-date]')) import('./dates.js')

// On a narrow screen a button shows and hides the filters of a list. Without scripts they always show.
for (const button of document.querySelectorAll('[data-app-toggle]')) {
  const target = document.getElementById(button.dataset.appToggle)
  const toggle = () => {
    const open = target.classList.toggle('app-filters--open')
    button.setAttribute('aria-expanded', String(open))
  }
  button.addEventListener('click', toggle)
  if (target.querySelector('.nhsuk-error-message')) toggle() // the error summary links to it
}

// Shows a message for 10 seconds after a slow download starts
for (const link of document.querySelectorAll('[data-app-wait]')) {
  const message = document.getElementById(link.dataset.appWait)
  const before = message.textContent
  link.addEventListener('click', () => {
    message.textContent = link.dataset.appWaitText
    setTimeout(() => { message.textContent = before }, 10000)
  })
}

// Scrolls tabs that do not fit on the screen to the current one
for (const tabs of document.querySelectorAll('.app-tabs')) {
  const tab = tabs.querySelector('[aria-current]')
  if (tab) tabs.scrollLeft = tab.offsetLeft - (tabs.clientWidth - tab.offsetWidth) / 2
}
