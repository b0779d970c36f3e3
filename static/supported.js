// Says, before anything is drawn, that scripts run; NHS.UK frontend asks for the second word.
document.body.className += ' js-enabled' + ('noModule' in HTMLScriptElement.prototype ? ' nhsuk-frontend-supported' : '')
