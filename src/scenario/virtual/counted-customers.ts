import type { ChannelConnection, ChannelSink, Customers, PublishOutcome } from '../../port/customers.ts';

/** What passed between the service and its channel systems; a scenario waits until both ends count the same. */
export interface Traffic {
  instructionCount: number;
  answerCount: number;
  sessionCount: number;
}

/** The same gateway, with what passes between it and the channel systems counted. */
export function countedCustomers(gateway: Customers, traffic: Traffic): Customers {
  return {
    publish: (input, bytes, deadlineAt, done) => gateway.publish(input, bytes, deadlineAt, done),
    decide: (input, bytes, deadlineAt, done) => gateway.decide(input, bytes, deadlineAt, done),
    feedback: (input, done) => gateway.feedback(input, done),
    link: (input) => gateway.link(input),
    unlink: (input) => gateway.unlink(input),
    read: (selector, view) => gateway.read(selector, view),
    watch: (selector, changed) => gateway.watch(selector, changed),
    decision: (place) => gateway.decision(place),
    facts: (selector) => gateway.facts(selector),
    erase: (selector, caseId) => gateway.erase(selector, caseId),
    history: (selector, from, to, limit) => gateway.history(selector, from, to, limit),
    tail: (each, bounds) => gateway.tail(each, bounds),
    audience: (name, from, limit) => gateway.audience(name, from, limit),
    status: () => gateway.status(),
    connect: (channel, credits, sink) => {
      const session = gateway.connect(channel, credits, countedSink(sink, traffic));
      return 'code' in session ? session : countedSession(session, traffic);
    },
  };
}

function countedSink(sink: ChannelSink, traffic: Traffic): ChannelSink {
  return {
    deliver: (delivery) => {
      traffic.instructionCount++;
      sink.deliver(delivery);
    },
    withdraw: (dispatchId, reason) => {
      traffic.instructionCount++;
      sink.withdraw(dispatchId, reason);
    },
    forget: (customerId) => {
      traffic.instructionCount++;
      sink.forget?.(customerId);
    },
  };
}

function countedSession(session: ChannelConnection, traffic: Traffic): ChannelConnection {
  const count = (outcome: Promise<PublishOutcome>): Promise<PublishOutcome> =>
    outcome.finally(() => {
      traffic.answerCount++;
    });
  let open = true;
  traffic.sessionCount++;
  return {
    kind: 'connected',
    credit: (more) => session.credit(more),
    accepted: (id) => count(session.accepted(id)),
    rejected: (id, retryable, afterMs, reason) => count(session.rejected(id, retryable, afterMs, reason)),
    withdrawn: (id, tooLate) => count(session.withdrawn(id, tooLate)),
    feedback: (input) => count(session.feedback(input)),
    forgot: (customerId) => count(session.forgot(customerId)),
    close: () => {
      if (open) traffic.sessionCount--;
      open = false;
      session.close();
    },
  };
}
