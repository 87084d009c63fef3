// One act after the other, in all tabs: Web Locks keep them apart.

export function inLock<T>(name: string, act: () => Promise<T>): Promise<T> {
  return globalThis.navigator?.locks ? (navigator.locks.request(name, act) as Promise<T>) : act();
}

/** A line of acts: each begins when the one before it, here or in another tab, is over. */
export class Turns {
  private last: Promise<unknown> = Promise.resolve();

  constructor(private readonly name: string) {}

  take<T>(act: () => Promise<T>): Promise<T> {
    const turn = this.last.then(() => inLock(this.name, act));
    this.last = turn.catch(() => undefined);
    return turn;
  }
}
