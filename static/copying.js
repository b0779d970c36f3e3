// Shows the buttons that copy and print the codes of a page: recovery codes, or the key of an authenticator app.
const [copy, print] = ['copy', 'print'].map((name) => document.querySelector(`[data-app-${name}]`))
const status = document.getElementById('copied')

copy.hidden = !navigator.clipboard // browsers have it on secure pages only
copy.addEventListener('click', async () => {
  const codes = [...document.querySelectorAll('#codes code')].map((code) => code.textContent)
  try {
    await navigator.clipboard.writeText(codes.join('\n'))
    status.textContent = copy.dataset.appCopied
  } catch {
    status.textContent = copy.dataset.appNotCopied
  }
})

if (print) {
  print.hidden = false
  print.addEventListener('click', () => window.print())
}
