// Shows the passkey parts of a page if the browser supports passkeys, and errors in plain English.
(function () {
  'use strict'
  var parts = document.querySelectorAll('#passkey-part')
  var isAddress = /^[\d.]+$|^\[/.test(location.hostname)

  function showMessage (text) {
    parts.forEach(function (part) {
      var message = part.querySelector('.app-passkey-message')
      if (!message) {
        message = document.createElement('p')
        message.className = 'app-passkey-message nhsuk-error-message'
        message.setAttribute('role', 'alert')
        part.append(message)
      }
      message.textContent = text
    })
  }

  if (window.PublicKeyCredential || isAddress) {
    parts.forEach(function (part) { part.hidden = false })
  }
  if (isAddress) {
    showMessage('Passkeys need a host name. Open the portal by its name, such as localhost, to use one.')
  }
  document.addEventListener('allauth.error', function (event) {
    event.preventDefault()
    var error = event.detail.exception
    if (isAddress) return
    if (error && error.name === 'InvalidStateError') {
      showMessage('This device is already registered as a passkey.')
    } else if (error && error.name === 'NotAllowedError') {
      showMessage('The passkey was not used: it was cancelled, or no passkey for this portal was found. Try again, or sign in another way.')
    } else {
      showMessage('The passkey did not work. Try again, or sign in another way.')
    }
  })
})()
