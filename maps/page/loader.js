// Unpacks the page's code, Leaflet and all, and lets it run: its hash stands in the page's policy, so nothing else can.
import { unpress } from './unpress.js';
import { takeBytes, unpackOpening } from './opening.js';

async function load() {
  try {
    const code = unpress(takeBytes('code'));
    if (document.readyState === 'loading') await new Promise((done) => { document.addEventListener('DOMContentLoaded', done); });
    const [bytes, data] = await Promise.all([code, unpackOpening()]);
    // Where the code takes it from, at once.
    window.opening = data;
    const script = document.createElement('script');
    script.textContent = new TextDecoder().decode(bytes);
    document.head.append(script);
  } catch (fault) {
    document.documentElement.classList.remove('live');
    throw fault;
  }
}

load();
