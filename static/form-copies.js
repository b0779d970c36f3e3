// Stores what is typed in long forms on this device until the portal has saved it, and offers it when the page is opened
// again. Only text that its user can put into the form is restored; the rest is shown, to copy.
import {
  FORM, deleteCopy, element, formOf, keyOfForm, labelOf, noticeOf, prefixOf, readCopies, readOpened, setOpened, textsOf,
  timeLabel, writeCopy
} from './unsaved.js';

const SECRET = 'input[type=password], [autocomplete=one-time-code]'
const NOT_TYPED = ['hidden', 'file', 'submit', 'button', 'fieldset']
let isOver = false // the user is asked, while signing out, whether to discard the text

// Fields --------------------------------------------------------------------------------------------------------------
const isChoice = (field) => ['radio', 'checkbox'].includes(field.type)
const fieldsOf = (form) => [...form.elements].filter(({ name, type }) => name && !NOT_TYPED.includes(type))
const partOf = (name) => name.slice(prefixOf(name).length)
const isSame = (one, other) => JSON.stringify(one) === JSON.stringify(other)
const pick = (names, read) => Object.fromEntries(names.map((name) => [name, read(name)]))

function valuesOf (field, isAsOpened) {
  if (isChoice(field)) return (isAsOpened ? field.defaultChecked : field.checked) ? [field.value] : []
  if (!field.options) return [isAsOpened ? field.defaultValue : field.value]
  const options = [...field.options]
  const selected = options.filter((option) => isAsOpened ? option.defaultSelected : option.selected)
  return (selected.length || field.multiple ? selected : options.slice(0, 1)).map(({ value }) => value)
}

// {name: [values]} of the fields now, or as the portal wrote them into the page
function read (form, isAsOpened = false) {
  const values = {}
  for (const field of fieldsOf(form)) (values[field.name] ??= []).push(...valuesOf(field, isAsOpened))
  return values
}

// Puts values into a field. Returns false, and changes nothing, if it lacks one of them
function write (form, name, values) {
  const before = read(form)[name]
  const put = (texts) => {
    for (const field of fieldsOf(form).filter((field) => field.name === name)) {
      if (isChoice(field)) field.checked = texts.includes(field.value)
      else if (field.options) [...field.options].forEach((option) => { option.selected = texts.includes(option.value) })
      else field.value = texts[0]
    }
  }
  put(values)
  const isWritten = isSame(read(form)[name], values)
  if (!isWritten) put(before)
  return isWritten
}

// The text of a field, as its user reads it
function textOf (form, name) {
  return fieldsOf(form).filter((field) => field.name === name).flatMap((field) => {
    if (isChoice(field)) return field.checked ? [field.labels[0].textContent.trim()] : []
    return field.options ? [...field.selectedOptions].map((option) => option.textContent.trim()) : [field.value]
  }).join(', ')
}

// Of the rows of a form, "" for a new one; undefined outside rows
const rowOf = (form, name) => form.elements[`${prefixOf(name)}id`]?.value

// A form ---------------------------------------------------------------------------------------------------------------
export function storeCopies (form) {
  if (!form.elements.form_key || form.querySelector(SECRET)) return
  const key = keyOfForm(form)
  const sent = readCopies(FORM).find(([other]) => other === key)?.[1] // what this page shows, as it is not saved
  const { path, title } = sent ?? {
    path: location.pathname + location.search,
    title: document.title.replace(/^\s*Error: /, '').replace(/ – [^–]*$/, '')
  }
  const opened = read(form, true)
  const bases = { ...sent?.base } // values that the portal had before what this page shows

  function save () {
    if (isOver) return
    const now = read(form)
    const base = { ...opened, ...bases }
    const names = Object.keys(now).filter((name) => !isSame(now[name], base[name]))
    writeCopy(key, {
      path,
      title,
      action: form.getAttribute('action') ?? '',
      at: Date.now(),
      values: pick(names, (name) => now[name]),
      base: pick(names, (name) => base[name]),
      opened: pick(names, (name) => readOpened(form, prefixOf(name))?.[partOf(name)]),
      rows: pick(names, (name) => rowOf(form, name)),
      labels: pick(names, (name) => labelOf(fieldsOf(form).find((field) => field.name === name), name)),
      texts: pick(names, (name) => textOf(form, name))
    })
  }

  // Whether someone else has changed a field of a copy since it was typed
  const isChanged = (copy, name) => {
    return !isSame(opened[name], copy.base[name]) && !isSame(opened[name], copy.values[name])
  }

  // Whether a field can be restored. Where someone else has changed it, only if the portal asks which text to save
  function canRestore (copy, name) {
    const now = read(form)[name]
    if (!now || !isSame(now, opened[name]) || copy.rows[name] !== rowOf(form, name)) return false
    return !isChanged(copy, name) || (name in copy.opened && readOpened(form, prefixOf(name)) !== null)
  }

  // Puts the text of a copy into the form. Returns the names of the fields that it cannot restore
  function restore (copy) {
    const left = Object.keys(copy.values).filter((name) => {
      if (!canRestore(copy, name)) return true
      const isMerged = isChanged(copy, name)
      if (!write(form, name, copy.values[name])) return true
      if (!isMerged) return false
      setOpened(form, name, copy.opened[name])
      bases[name] = copy.base[name]
      return false
    })
    form.dispatchEvent(new Event('input'))
    return left
  }

  function offer (key, copy) {
    const names = Object.keys(copy.values)
    const listed = (names) => names.map((name) => copy.labels[name]).join(', ')
    const restorable = names.filter((name) => canRestore(copy, name))
    const changed = restorable.filter((name) => isChanged(copy, name))
    const others = changed.length ? ` Changed since then: ${listed(changed)}.` : ''
    const why = `This device has text for this page, typed on ${timeLabel(copy.at)}, that may not be saved: ${listed(names)}.`
    const button = element('button', 'Restore', 'nhsuk-button nhsuk-button--small')
    const notice = noticeOf(key, why + others, ...(restorable.length ? [button] : textsOf(copy)))
    const text = notice.querySelector('p')
    const showLeft = (left) => {
      text.replaceChildren('Copy this text if you need it.')
      text.after(...textsOf({ ...copy, values: pick(left, (name) => copy.values[name]) }))
      button.remove()
      writeCopy(key, { ...copy, values: pick(left, (name) => copy.values[name]) })
    }
    button.addEventListener('click', () => {
      const left = restore(copy)
      const first = fieldsOf(form).find(({ name }) => name in copy.values && !left.includes(name))
      first?.closest('details')?.setAttribute('open', '')
      first?.focus()
      if (left.length) return showLeft(left)
      deleteCopy(key)
      notice.remove()
    })
    form.before(notice)
  }

  form.addEventListener('input', save)
  document.addEventListener('portal:staying', save)
  save()
  const now = read(form)
  for (const [other, copy] of readCopies(FORM, path)) {
    if (other === key || formOf(copy) !== form) continue
    const names = Object.keys(copy.values).filter((name) => !isSame(copy.values[name], now[name]))
    if (names.length) offer(other, { ...copy, values: pick(names, (name) => copy.values[name]) })
    else deleteCopy(other)
  }
}

document.addEventListener('portal:signing-out', () => { isOver = true })
document.addEventListener('portal:staying', () => { isOver = false })
