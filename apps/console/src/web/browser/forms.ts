/** Forms are sent once; buttons open and close dialogs also where the browser does not do it by itself. */
export function watchForms(): void {
  document.addEventListener('submit', ({ target, submitter }) => {
    if (!(target instanceof HTMLFormElement) || target.method !== 'post') return
    // Later, or the name and value of the button would be left out.
    setTimeout(() => {
      for (const button of target.querySelectorAll('button')) button.disabled = true
      submitter?.setAttribute('aria-busy', 'true')
    })
  })
  if ('commandForElement' in HTMLButtonElement.prototype) return
  document.addEventListener('click', ({ target }) => {
    const button = target instanceof Element ? target.closest('button[commandfor]') : null
    const dialog = document.getElementById(button?.getAttribute('commandfor') ?? '')
    if (!(dialog instanceof HTMLDialogElement)) return
    if (button?.getAttribute('command') === 'close') dialog.close()
    else dialog.showModal()
  })
}
