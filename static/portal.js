import { initAll } from './nhsuk-frontend.min.js'

initAll()

// The filters of a list, folded away on a narrow screen until asked for. Without scripts they are simply there.
for (const button of document.querySelectorAll('[data-app-toggle]')) {
  const target = document.getElementById(button.dataset.appToggle)
  button.addEventListener('click', () => {
    const open = target.classList.toggle('app-filters--open')
    button.setAttribute('aria-expanded', String(open))
  })
}

// A download that takes a while says that it is being made
for (const link of document.querySelectorAll('[data-app-wait]')) {
  const told = document.getElementById(link.dataset.appWait)
  const before = told.textContent
  link.addEventListener('click', () => {
    told.textContent = link.dataset.appWords
    setTimeout(() => { told.textContent = before }, 10000)
  })
}
