// Puts a box above each long list of choices, which leaves those that contain the typed text. Selected ones always stay.
const plain = (text) => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()

function addBox (list, noun, choices, show) {
  const box = document.createElement('input')
  const label = document.createElement('label')
  const status = document.createElement('p')
  Object.assign(box, { type: 'search', id: `${list.id}-find`, className: 'nhsuk-input', autocomplete: 'off' })
  Object.assign(label, { htmlFor: box.id, className: 'nhsuk-label app-find', textContent: `Find ${noun}` })
  Object.assign(status, { className: 'app-meta' })
  status.setAttribute('role', 'status')
  box.setAttribute('aria-controls', list.id)
  list.before(label, box, status)

  function find () {
    const terms = plain(box.value).split(/\s+/).filter(Boolean)
    const matching = choices.filter(({ text }) => terms.every((term) => plain(text).includes(term)))
    show(matching, terms.length > 0)
    status.textContent = terms.length ? `${matching.length} of ${choices.length} match` : ''
    return matching
  }

  box.addEventListener('input', find)
  box.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter') return
    event.preventDefault() // the form is not finished
    const matching = find()
    if (matching.length !== 1) return
    matching[0].select()
    list.dispatchEvent(new Event('input', { bubbles: true })) // as a user's choice
    status.textContent = `${matching[0].text} selected`
  })
}

for (const select of document.querySelectorAll('select[data-app-find]')) {
  const options = [...select.options]
  const choices = options.filter((option) => option.value)
    .map((option) => ({ option, text: option.text, select: () => { option.selected = true } }))
  addBox(select, select.dataset.appFind, choices, (matching, isTyped) => {
    const matches = matching.map(({ option }) => option)
    select.replaceChildren(...options.filter((option) => !option.value || option.selected || matches.includes(option)))
    if (isTyped) select.size = Math.max(2, Math.min(8, select.options.length))
    else select.removeAttribute('size')
  })
}

for (const group of document.querySelectorAll('.app-long-list')) {
  const choices = [...group.querySelectorAll('.nhsuk-checkboxes__item')].map((item) => {
    const input = item.querySelector('input')
    return { item, input, text: item.textContent.trim(), select: () => { input.checked = true } }
  })
  group.id ||= 'long-list'
  addBox(group, group.dataset.appFind || 'another organisation', choices, (matching) => {
    for (const choice of choices) choice.item.hidden = !choice.input.checked && !matching.includes(choice)
  })
}
