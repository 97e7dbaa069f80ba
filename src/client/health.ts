import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import type { Connection } from './connection.ts';

/** What grpc.health.v1 says of a service. */
export type HealthStatus = 'UNKNOWN' | 'SERVING' | 'NOT_SERVING' | 'SERVICE_UNKNOWN';

const STATUS: readonly HealthStatus[] = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'];

/** grpc.health.v1.Health.Check of a service by its full name, '' for the server as a whole. */
export async function health(connection: Connection, service: string): Promise<HealthStatus> {
  const request = new BinaryWriter().tag(1, WireType.LengthDelimited).string(service).finish();
  const reply = new BinaryReader(
    await connection.unaryBytes('/grpc.health.v1.Health/Check', Buffer.from(request)),
  );
  let status = 0;
  while (reply.pos < reply.len) {
    const [field, type] = reply.tag();
    if (field === 1) status = reply.int32();
    else reply.skip(type);
  }
  return STATUS[status] ?? 'UNKNOWN';
}
