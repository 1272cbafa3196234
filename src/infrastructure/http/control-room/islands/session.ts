/** A token ends while its page is open: the page says so, and leads back to itself through signing in. */

/** How long the token was good when the page was made, by the service's clock: ours may be another. */
const goodForMs = Number(document.body.dataset['goodFor']);
/** The longest that a timer of a browser waits. */
const LONGEST_MS = 2 ** 31 - 1;
/** Before the end, so that nobody is surprised. */
const WARN_MS = 60_000;
/** To read why the page goes. */
const READ_MS = 1_000;

function watch(): void {
  const left = goodForMs - performance.now();
  if (left <= 0) return end();
  if (left <= WARN_MS) say('Your token expires within a minute; you will be asked to sign in again.');
  setTimeout(watch, Math.min(left > WARN_MS ? left - WARN_MS : left, LONGEST_MS));
}

function end(): void {
  say('Your token has expired. Sign in again, and you are back where you were.');
  setTimeout(() => location.reload(), READ_MS);
}

function say(sentence: string): void {
  document.getElementById('notice')!.textContent = sentence;
}

if (Number.isFinite(goodForMs)) watch();
