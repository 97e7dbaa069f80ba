import { type AudienceMember, ChannelService } from '../gen/attune/v1/channel_pb.ts';
import type { Connection } from './connection.ts';

/** Reads an audience page by page; a page that fails for now is asked for again. Throws AttuneError. */
export async function* audienceMembers(
  connection: Connection,
  audience: string,
  pageSize: number,
): AsyncGenerator<AudienceMember, void, undefined> {
  let pageToken = '';
  do {
    const page = await connection.unary(ChannelService.method.listAudience, {
      audience,
      pageSize,
      pageToken,
    });
    yield* page.members;
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
}
