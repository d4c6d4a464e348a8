/** The script of the HTML page: as text, because it is hashed into the page's content security policy. */
export const pageScript = `
'use strict';
const facts = JSON.parse(document.getElementById('facts').textContent);
const main = document.querySelector('main');
const svg = main.querySelector('svg');
const tip = document.querySelector('aside');
const size = { width: svg.width.baseVal.value, height: svg.height.baseVal.value };
let view = { x: 0, y: 0, scale: 1 };
const show = () => { svg.style.transform = 'translate(' + view.x + 'px,' + view.y + 'px) scale(' + view.scale + ')'; };
const fit = () => {
  const room = main.getBoundingClientRect();
  const scale = Math.min(room.width / size.width, room.height / size.height, 1.25);
  view = { scale, x: (room.width - size.width * scale) / 2, y: Math.max(0, (room.height - size.height * scale) / 2) };
  show();
};
const zoom = (factor, x, y) => {
  const scale = Math.min(8, Math.max(0.02, view.scale * factor));
  const by = scale / view.scale;
  view = { scale, x: x - (x - view.x) * by, y: y - (y - view.y) * by };
  show();
};
const zoomMiddle = (factor) => { const room = main.getBoundingClientRect(); zoom(factor, room.width / 2, room.height / 2); };
const setDark = (dark) => {
  document.documentElement.classList.toggle('dark', dark);
  svg.classList.toggle('dark', dark);
  svg.classList.toggle('light', !dark);
};
const actions = {
  in: () => zoomMiddle(1.25),
  out: () => zoomMiddle(0.8),
  fit,
  theme: () => setDark(!document.documentElement.classList.contains('dark')),
};
for (const button of document.querySelectorAll('button')) button.addEventListener('click', actions[button.dataset.do]);
addEventListener('keydown', (event) => {
  const action = { '+': 'in', '=': 'in', '-': 'out', '0': 'fit', t: 'theme' }[event.key];
  if (action && !event.ctrlKey && !event.metaKey) actions[action]();
});
main.addEventListener('wheel', (event) => {
  event.preventDefault();
  const room = main.getBoundingClientRect();
  zoom(Math.exp(-event.deltaY * 0.0015), event.clientX - room.left, event.clientY - room.top);
}, { passive: false });
main.addEventListener('pointerdown', (event) => { main.setPointerCapture(event.pointerId); main.classList.add('dragging'); tip.hidden = true; });
main.addEventListener('pointerup', () => main.classList.remove('dragging'));
main.addEventListener('pointermove', (event) => {
  if (main.classList.contains('dragging')) {
    view = { ...view, x: view.x + event.movementX, y: view.y + event.movementY };
    show();
    return;
  }
  const step = event.target.closest && event.target.closest('[data-path]');
  const own = step && Object.hasOwn(facts, step.dataset.path) ? facts[step.dataset.path] : undefined;
  tip.hidden = own === undefined;
  if (own === undefined) return;
  const table = document.createElement('table');
  for (const [label, value] of own) {
    const row = table.insertRow();
    const head = document.createElement('th');
    head.textContent = label;
    row.append(head);
    row.insertCell().textContent = value;
  }
  tip.replaceChildren(table);
  tip.style.left = Math.min(event.clientX + 14, innerWidth - tip.offsetWidth - 10) + 'px';
  tip.style.top = Math.min(event.clientY + 14, innerHeight - tip.offsetHeight - 10) + 'px';
});
main.addEventListener('pointerleave', () => { tip.hidden = true; });
addEventListener('resize', fit);
setDark(matchMedia('(prefers-color-scheme: dark)').matches);
fit();
`;
