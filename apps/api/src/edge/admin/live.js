// Brings the page up to date each minute, while somebody looks at it and until they say not to.
const everyMs = 60_000
const pause = document.querySelector('#pause')
const news = document.querySelector('#news')
const countIn = (root) => Number(root.querySelector('[data-count]')?.dataset.count ?? 0)
let isPaused = false

async function refresh() {
  if (isPaused || document.hidden) return
  const response = await fetch(location.href, { headers: { accept: 'text/html' } }).catch(
    () => null,
  )
  if (!response) return
  // Whoever is no longer let in is asked for it by the page itself.
  if (!response.ok || response.redirected) return location.reload()
  const fresh = new DOMParser().parseFromString(await response.text(), 'text/html')
  const [before, after] = [countIn(document), countIn(fresh)]
  const parts = [...document.querySelectorAll('[data-live]')]
  const freshParts = [...fresh.querySelectorAll('[data-live]')]
  // What somebody is about to press, or reads as a table, stays where it is.
  const isBusy = parts.some(
    (part) => part.contains(document.activeElement) || part.querySelector('details[open]'),
  )
  if (parts.length !== freshParts.length || isBusy) return
  for (const [index, part] of parts.entries())
    part.replaceWith(document.adoptNode(freshParts[index]))
  if (after > before) news.textContent = `${after} alerts are open, ${after - before} of them new.`
}

pause.hidden = false
pause.addEventListener('click', () => {
  isPaused = !isPaused
  pause.textContent = isPaused ? 'Go on' : 'Pause'
})
setInterval(refresh, everyMs)
document.addEventListener('visibilitychange', refresh)
