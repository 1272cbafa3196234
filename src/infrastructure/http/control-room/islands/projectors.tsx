import { render } from 'preact';
import { Projectors } from './parts/projectors.js';

/** Keeps what the page shows up to date and, for operators, lets them do what there is to do. */
const place = document.getElementById('projectors')!;
const mayOperate = place.dataset['operator'] === 'true';
place.replaceChildren();
render(<Projectors mayOperate={mayOperate} />, place);
