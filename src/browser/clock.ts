// Whether the phone's clock can be believed: it was not if the phone slept, or if somebody set it.

/** How far the wall clock and the running clock may part before that counts as a jump, in milliseconds. */
const JUMP_MS = 5_000;

/** A page that did not run for so long has slept. */
const SLEPT_MS = 120_000;

export class ClockWatch {
  private parted: number;
  private ran: number;

  constructor(
    private readonly wall: () => number = () => Date.now(),
    private readonly running: () => number = () => performance.now(),
  ) {
    this.ran = this.running();
    this.parted = this.wall() - this.ran;
  }

  /** Asked again and again: true once after each jump or sleep. */
  jumped(): boolean {
    const ran = this.running();
    const parted = this.wall() - ran;
    const jumped = Math.abs(parted - this.parted) > JUMP_MS || ran - this.ran > SLEPT_MS;
    this.parted = parted;
    this.ran = ran;
    return jumped;
  }
}
