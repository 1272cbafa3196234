import type { StandingTold } from '../../shared/standing.js';

/** What an answer comes to. `ended`: the token is not good any more, or not for this. */
type Answer<T> = T | 'away' | 'ended';

const URL = '/v1/projections';

export async function readStanding(): Promise<Answer<StandingTold>> {
  const response = await fetch(URL, { cache: 'no-store' }).catch(() => null);
  return answerOf<StandingTold>(response);
}

/** Asks for what an operator wants. Answers how the tables stand then, or why that cannot be. */
export async function operate(
  what: 'pause' | 'resume' | 'rebuild' | 'switch',
  fields: object,
): Promise<Answer<StandingTold | { readonly refused: string }>> {
  const headers = { 'content-type': 'application/json', 'holdfast-csrf': '1' };
  const options = { method: 'POST', headers, body: JSON.stringify(fields) };
  const response = await fetch(`${URL}/${what}`, options).catch(() => null);
  if (response?.status !== 409 && response?.status !== 400) return answerOf<StandingTold>(response);
  const { reason, detail } = (await response.json()) as { reason?: string; detail: string };
  return { refused: reason ?? detail };
}

async function answerOf<T>(response: Response | null): Promise<Answer<T>> {
  if (response?.status === 401 || response?.status === 403) return 'ended';
  return response?.ok === true ? ((await response.json()) as T) : 'away';
}
