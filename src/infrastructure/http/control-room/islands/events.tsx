import { render } from 'preact';
import { Grid } from './parts/grid.js';

/** Puts the live grid in the place of the table, which stays for whoever asks for it or has no script. */
const table = document.getElementById('events');
if (table !== null) {
  const place = document.createElement('div');
  table.before(place);
  table.hidden = true;
  const { query = '', auditor } = table.dataset;
  const filters = document.querySelector<HTMLElement>('form.filters')!;
  render(<Grid query={query} seesAll={auditor === 'true'} filters={filters} />, place);
}
