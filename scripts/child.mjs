/** Loaded into the processes of `npm run cluster` before their own program: they do not outlive whoever watches over them. */
import { watchParent } from './parent.mjs';

watchParent();
