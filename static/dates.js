// Shows next to a date field what the portal reads from its text.
for (const input of document.querySelectorAll('[data-app-date]')) {
  let number = 0
  const output = document.createElement('span')
  output.className = 'nhsuk-hint app-date-read'
  output.setAttribute('role', 'status')
  input.after(output)
  input.addEventListener('change', async () => {
    const asked = ++number
    output.textContent = ''
    if (!input.value.trim()) return
    const query = new URLSearchParams({ text: input.value })
    if (input.dataset.appDate === 'day') query.set('day', '')
    try {
      const response = await fetch(`/date/?${query}`, { headers: { accept: 'application/json' } })
      const { read } = await response.json()
      if (asked === number && read) output.textContent = `Read as ${read}`
    } catch { /* the form says it when it is sent */ }
  })
}
