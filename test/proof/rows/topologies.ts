import type { Topology } from '../scene.js';

/** Two API processes, and two projectors of which one works. */
export const PAIR: Topology = { name: 'pair', apis: [{}, {}], projectors: 2 };
