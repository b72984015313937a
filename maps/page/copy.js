// Copying to the clipboard: a button that says when it was done, and selects the text where the browser does not let us.
import { make, say } from './words.js';

export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = make('textarea', { class: 'copied', readonly: true, 'aria-hidden': 'true' });
    field.value = text;
    document.body.append(field);
    field.select();
    const done = document.execCommand('copy');
    field.remove();
    return done;
  }
}

// `text` gives what is copied when the button is pressed; `what` names it for those who do not see where the button stands.
export function copyButton(text, what, label = say('copy')) {
  const button = make('button', { type: 'button', class: 'copy', 'aria-label': what ? say('copy.what', { what }) : label }, label);
  button.addEventListener('click', async () => {
    const done = await copyText(text());
    button.textContent = say(done ? 'copy.done' : 'copy.failed');
    document.getElementById('announce').textContent = button.textContent;
    setTimeout(() => { button.textContent = label; }, 2000);
  });
  return button;
}
