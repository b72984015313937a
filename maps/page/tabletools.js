// Beside the table's title: what it is grouped by, and the shown sites as a file.
import { page } from './state.js';
import { filters } from './filters.js';
import { make, number, say } from './words.js';
import { icon } from './icons.js';
import { canShareExport, exportFormats, exportShown } from './exporting.js';

function groupChoice(names, chosen, choose) {
  const option = (name) => make('option', { value: name, selected: name === chosen }, name ? say(`facet.${name}`) : say('group.none'));
  const select = make('select', { class: 'grouping', onchange: () => choose(select.value) }, ...['', ...names].map(option));
  return make('label', {}, make('span', {}, say('group.by')), select);
}

function exportButton(format, share) {
  const act = async (event) => {
    event.target.closest('details').open = false;
    await exportShown(format, share);
    document.getElementById('announce').textContent = say('export.done', { count: number(filters.shown) });
  };
  return make('button', { type: 'button', class: 'value', 'data-export': share ? `share-${format}` : format, onclick: act },
    make('span', { class: 'word' }, make('b', {}, say(share ? 'export.share' : 'export.save', { what: say(`export.${format}`) })), make('small', {}, say(`export.${format}.means`))));
}

function exportList() {
  if (!filters.shown) return [make('p', { class: 'quiet', role: 'status' }, say(page.sites.rows ? 'export.empty' : 'nothing.sites'))];
  const formats = exportFormats();
  return [make('p', { class: 'quiet' }, say('export.what', { count: number(filters.shown) })), ...formats.map((format) => exportButton(format, false)),
    ...formats.filter(canShareExport).map((format) => exportButton(format, true))];
}

function exportMenu() {
  const list = make('div', { class: 'exports' });
  const menu = make('details', { class: 'export' }, make('summary', { role: 'button' }, icon('share', 16), make('span', {}, say('export.title'))), list);
  menu.addEventListener('toggle', () => { if (menu.open) list.replaceChildren(...exportList()); });
  menu.addEventListener('focusout', (event) => { if (event.relatedTarget && !menu.contains(event.relatedTarget)) menu.open = false; });
  menu.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || !menu.open) return;
    menu.open = false;
    menu.firstChild.focus();
    event.stopPropagation();
  });
  return menu;
}

export function tableTools(groups, chosen, choose) {
  return make('div', { class: 'tabletools' }, groups.length ? groupChoice(groups, chosen, choose) : null, exportMenu());
}
