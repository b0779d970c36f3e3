// Hides a private page that comes back from the browser's back/forward cache, and shows it again only if its user is
// still signed in. Otherwise the address is loaded again, for whoever uses the browser now.
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
