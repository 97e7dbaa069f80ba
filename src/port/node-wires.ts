/** How the nodes of a deployment speak with each other: a question, and an answer or none. What is in them is no matter here. */

export interface NodeWires {
  /**
   * Asks the node that listens at `address` (`host:port`). `done` is called once, later: with its answer, or with undefined where it is
   * not known whether the node has heard the question: nobody listens there, the wire broke, it was not answered within `timeoutMs`, or
   * more questions wait for that node than may.
   */
  ask(
    address: string,
    question: Uint8Array,
    timeoutMs: number,
    done: (answer: Uint8Array | undefined) => void,
  ): void;
  /** What waits is told that nothing is known. */
  close(): void;
}

/** Answers a question of another node, now or later, once. A throw is no answer: the asker's time runs out. */
export type NodeAnswers = (question: Uint8Array, answer: (bytes: Uint8Array) => void) => void;
