// Shows the buttons that copy and print recovery codes.
const [copy, print] = ['copy', 'print'].map((name) => document.querySelector(`[data-app-${name}]`))
const status = document.getElementById('copied')

copy.hidden = !navigator.clipboard // browsers have it on secure pages only
copy.addEventListener('click', async () => {
  const codes = [...document.querySelectorAll('#codes code')].map((code) => code.textContent)
  try {
    await navigator.clipboard.writeText(codes.join('\n'))
    status.textContent = 'Codes copied'
  } catch {
    status.textContent = 'Codes not copied. Download or print them'
  }
})

print.hidden = false
print.addEventListener('click', () => window.print())
