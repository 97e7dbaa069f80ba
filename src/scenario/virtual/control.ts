/** What the scenario runner and the process that runs the service say to each other, over Node's own channel. */

/** How the model behaves from now on. */
export type ScorerMode = 'works' | 'fails' | 'late';

export interface OpenOrder {
  readonly do: 'open';
  readonly directory: string;
  readonly policyDirectory: string;
  /** 0: a free one. */
  readonly port: number;
  /** The virtual clock's time. */
  readonly now: number;
  readonly seed: number;
  readonly scorer: ScorerMode;
  /** Overrides of the queues, so that a flood need not be a large one. */
  readonly mailboxMax: number | undefined;
}

export type Order =
  | OpenOrder
  /** Waits until nothing is under way. */
  | { readonly do: 'settle' }
  /** Turns the clock to `to` alarm by alarm, or to the first one after which something was sent to a channel system. */
  | { readonly do: 'turn'; readonly to: number }
  | { readonly do: 'scorer'; readonly mode: ScorerMode }
  /** Finishes, saves, closes: the clean end of a service. The process can open another one. */
  | { readonly do: 'close' };

/** Where the service stands, after each order. */
export interface State {
  readonly now: number;
  readonly port: number;
  /** Instructions sent down to channel systems since it was opened. */
  readonly down: number;
  /** Answers of channel systems that were taken, durable. */
  readonly up: number;
  /** Channel systems connected. */
  readonly sessions: number;
  /** Sentences that the service wrote to its log as faults since the last order. */
  readonly faults: readonly string[];
}

export interface Asked {
  readonly id: number;
  readonly order: Order;
}

export type Answered =
  | { readonly id: number; readonly ok: true; readonly state: State }
  | { readonly id: number; readonly ok: false; readonly message: string };
