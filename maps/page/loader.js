// Unpacks the page's code, Leaflet and all, and lets it run: its hash stands in the page's policy, so nothing else can.
import { fromBase64, unpress } from './unpress.js';

async function load() {
  try {
    const island = document.getElementById('island-code');
    const bytes = await unpress(fromBase64(island.textContent));
    if (document.readyState === 'loading') await new Promise((done) => { document.addEventListener('DOMContentLoaded', done); });
    island.remove();
    const script = document.createElement('script');
    script.textContent = new TextDecoder().decode(bytes);
    document.head.append(script);
  } catch (fault) {
    document.documentElement.classList.remove('live');
    throw fault;
  }
}

load();
