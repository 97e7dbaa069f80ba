import type { Zones } from '../core/calendar/zones.ts';
import type { Catalog } from '../port/catalog.ts';
import type { RuntimeClock } from '../port/clock.ts';
import type { Customers } from '../port/customers.ts';
import type { DeploymentControl } from '../port/deployment.ts';
import type { ImageWriter } from '../port/image-writer.ts';
import type { Models } from '../port/models.ts';
import type { NodeHealth } from '../port/node-health.ts';
import type { Observer } from '../port/observer.ts';
import type { PauseSwitch } from '../port/pauses.ts';
import type { Policies } from '../port/policies.ts';
import type { Replays } from '../port/replays.ts';
import type { InFlight } from './meter.ts';
import type { RefusalLog } from './refusal-log.ts';

/** What every method of this room works with. */
export interface ServiceContext {
  readonly customers: Customers;
  readonly policies: Policies;
  readonly models: Models;
  readonly pauses: PauseSwitch;
  readonly catalog: Catalog;
  /** Absent: the service is alone. */
  readonly deployment?: DeploymentControl | undefined;
  /** Absent: decisions are explained without being derived again. */
  readonly replays?: Replays | undefined;
  /** For local hours of traits. */
  readonly zones: Zones;
  /** Absent: all is in memory, and no image is kept. */
  readonly imageWriter?: ImageWriter | undefined;
  readonly health: NodeHealth;
  readonly observer: Observer;
  readonly clock: RuntimeClock;
  readonly inFlight: InFlight;
  /** What was refused for good, message by message. */
  readonly refusals: RefusalLog;
  /** Where clients and other nodes reach this server, `host:port`; empty before it listens. */
  readonly address: () => string;
  /** True once the server drains: streams accept no new requests, those accepted are finished. */
  readonly draining: () => boolean;
}
