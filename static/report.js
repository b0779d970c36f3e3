// A report that is never lost: kept on this device at every key, saved to the portal when typing pauses.
const form = document.querySelector('[data-report]')
const status = document.getElementById('saved')
const kept = document.getElementById('kept')
const store = `report:${form.dataset.report}:${location.pathname}`
const PAUSE = 2500
let timer = 0
let saving = false
let dirty = false
let done = false

const clock = () => new Date().toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' })
const fields = () => [...form.elements].filter((one) => one.name && one.type !== 'hidden' && one.tagName !== 'BUTTON')

function read () {
  const words = {}
  for (const one of fields()) {
    if (one.type === 'radio') { if (one.checked) words[one.name] = one.value } else words[one.name] = one.value
  }
  return words
}

function write (words) {
  for (const one of fields()) {
    if (!(one.name in words)) continue
    if (one.type === 'radio') one.checked = one.value === words[one.name]
    else one.value = words[one.name]
  }
}

function keep (sent = false) {
  try {
    localStorage.setItem(store, JSON.stringify({ at: clock(), sent, words: read() }))
    return true
  } catch { return false }
}

function forget () {
  try { localStorage.removeItem(store) } catch { /* nothing was kept */ }
}

function say (words) { if (status.textContent !== words) status.textContent = words }

async function save () {
  if (saving) { later(); return }
  saving = true
  const sent = JSON.stringify(read())
  form.elements.turn.value = Number(form.elements.turn.value) + 1 // so that a save whose answer is lost is known for ours
  const data = new FormData(form)
  data.set('action', 'autosave')
  try {
    const answer = await fetch(location.href, { method: 'POST', body: data, credentials: 'same-origin' })
    const told = await answer.json()
    if (answer.ok) {
      form.elements.version.value = told.version
      const wrong = Object.keys(told.errors || {}).length
      if (JSON.stringify(read()) === sent) { dirty = false; if (!wrong) forget() }
      say(wrong ? `Saved at ${told.saved}, but ${wrong === 1 ? 'one thing' : `${wrong} things`} could not be: ${Object.values(told.errors)[0]}` : `Saved at ${told.saved}.`)
    } else if (told.signed_out) {
      say('You have been signed out. Your words are kept: press Save draft, and sign in.')
      done = true
    } else {
      say(`${told.conflict}. Your words are kept on this device: press Save draft to choose.`)
      done = true
    }
  } catch {
    say('Not saved: no connection. Your words are kept on this device.')
    if (dirty) later(8000)
  }
  saving = false
}

function later (pause = PAUSE) {
  clearTimeout(timer)
  if (!done) timer = setTimeout(save, pause)
}

// What is asked only when the answers need it
function ask () {
  const overall = form.querySelector('[name=overall]:checked')
  const path = document.getElementById('path')
  const text = path.querySelector('textarea')
  path.hidden = !text.value && !(overall && ['red', 'amber'].includes(overall.value))
  const reason = document.getElementById('stage-reason')
  const order = reason.dataset.stages.split(' ')
  const stage = form.elements.stage.value
  const back = stage && reason.dataset.now && order.indexOf(stage) < order.indexOf(reason.dataset.now)
  reason.hidden = !back && !reason.querySelector('input').value
  for (const row of form.querySelectorAll('.app-milestone')) {
    const forecast = row.querySelector('input[name$=-forecast]')
    if (forecast.value.trim() !== row.dataset.forecast) row.querySelector('.app-milestone__why').classList.remove('app-milestone__why--still')
  }
  for (const part of form.querySelectorAll('[data-before]')) {
    const radio = part.querySelector('input[type=radio]')
    const now = radio ? (part.querySelector('input:checked') || { value: '' }).value : part.querySelector('input, textarea').value.trim()
    const changed = part.dataset.before !== '' && now !== part.dataset.before.trim()
    part.classList.toggle('app-report__field--changed', changed)
  }
}

form.classList.add('app-report--live')
form.addEventListener('input', () => { dirty = true; keep(); ask(); later() })
form.addEventListener('submit', () => { form.elements.turn.value = Number(form.elements.turn.value) + 1; done = true; dirty = false; clearTimeout(timer); keep(true) })
window.addEventListener('online', () => { if (dirty) save() })
window.addEventListener('beforeunload', (event) => { if (dirty && !keep()) event.preventDefault() })

let earlier = null
try { earlier = JSON.parse(localStorage.getItem(store)) } catch { forget() }
if (earlier && earlier.sent && status.textContent.includes('Saved')) earlier = null // what was sent arrived
if (earlier && Object.entries(earlier.words).some(([name, value]) => value !== (read()[name] ?? ''))) {
  kept.querySelector('p').textContent = `Words that you typed at ${earlier.at} are kept on this device and are not in the report.`
  kept.hidden = false
  kept.querySelector('[value=bring]').addEventListener('click', () => {
    write(earlier.words)
    kept.hidden = true
    dirty = true
    ask()
    save()
  })
  kept.querySelector('[value=drop]').addEventListener('click', () => { forget(); kept.hidden = true })
} else {
  forget()
}
ask()
