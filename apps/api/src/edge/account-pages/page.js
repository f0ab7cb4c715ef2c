const form = document.querySelector('form')
const button = form.querySelector('button')
const outcome = document.querySelector('#outcome')
// The page for a change of address has neither.
const password = document.querySelector('#password')
const show = document.querySelector('#show')
const tokenForm = /^[\w-]{49}$/
let token = ''

/** The token leaves the address bar at once; it is sent on a click alone, since scanners of mail open links. */
function takeToken() {
  const found = location.hash.slice(1)
  history.replaceState(null, '', location.pathname)
  token = tokenForm.test(found) ? found : ''
  form.hidden = token === ''
  if (token) tell('', [])
  else tell('failed', ['This is not a whole link: follow the one in your mail.'])
}

function tell(kind, sentences) {
  outcome.dataset.kind = kind
  outcome.replaceChildren(
    ...sentences.map((sentence) => {
      const paragraph = document.createElement('p')
      paragraph.textContent = sentence
      return paragraph
    }),
  )
}

function showPassword(isShown) {
  show.checked = isShown
  password.type = isShown ? 'text' : 'password'
}

async function post(path, input) {
  try {
    const response = await fetch(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(input),
    })
    const body = await response.json().catch(() => ({}))
    return { isDone: response.ok, body }
  } catch {
    return { isDone: false, body: { detail: 'The server could not be reached: try again.' } }
  }
}

async function send() {
  if (form.ariaBusy === 'true') return
  form.ariaBusy = 'true'
  tell('', ['One moment.'])
  const { isDone, body } = await post(
    form.dataset.action,
    password ? { token, password: password.value } : { token },
  )
  form.ariaBusy = 'false'
  if (isDone) finish('done', [body.changed === false ? form.dataset.halfDone : form.dataset.done])
  else refuse(body)
}

function refuse({ code, detail = 'Something went wrong: try again.', errors = [] }) {
  if (code === 'invalid_link') return finish('failed', [detail])
  const isWrong = code === 'invalid_credentials'
  const details = isWrong
    ? ['This is not the password that you chose.']
    : errors.map((error) => error.detail)
  tell('failed', details.length > 0 ? details : [detail])
  if (!password) return
  password.ariaInvalid = String(isWrong || errors.some(({ pointer }) => pointer === '/password'))
  password.focus()
}

/** There is nothing left to press. */
function finish(kind, sentences) {
  token = ''
  if (password) password.value = ''
  form.hidden = true
  tell(kind, sentences)
  outcome.focus()
}

form.addEventListener('submit', (event) => {
  event.preventDefault()
  // So that the browser takes it for a password and offers to keep it.
  if (password) showPassword(false)
  send()
})
show?.addEventListener('change', () => showPassword(show.checked))
// A second link, opened in the same tab, does not load the page again.
window.addEventListener('hashchange', takeToken)
takeToken()
button.disabled = false
