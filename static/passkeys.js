// Shows what needs a passkey where the browser can use one, and says in words what went wrong with it.
(function () {
  'use strict'
  var parts = document.querySelectorAll('#passkey-part')
  var isAddress = /^[\d.]+$|^\[/.test(location.hostname)

  function say (words) {
    parts.forEach(function (part) {
      var message = part.querySelector('.app-passkey-message')
      if (!message) {
        message = document.createElement('p')
        message.className = 'app-passkey-message nhsuk-error-message'
        message.setAttribute('role', 'alert')
        part.append(message)
      }
      message.textContent = words
    })
  }

  if (window.PublicKeyCredential || isAddress) {
    parts.forEach(function (part) { part.hidden = false })
  }
  if (isAddress) {
    say('Passkeys need a host name. Open the portal by its name, such as localhost, to use one.')
  }
  document.addEventListener('allauth.error', function (event) {
    event.preventDefault()
    var error = event.detail.exception
    if (isAddress) return
    if (error && error.name === 'InvalidStateError') {
      say('This device is registered as a passkey already.')
    } else if (error && error.name === 'NotAllowedError') {
      say('The passkey was not used: it was cancelled, or no passkey for this portal was found. Try again, or sign in another way.')
    } else {
      say('The passkey did not work. Try again, or sign in another way.')
    }
  })
})()
