import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { suggestName } from '../../base/nearest-name.ts';
import { treatmentMessage } from '../../codec/message/treatment-message.ts';
import { audienceToken, parseAudienceToken } from '../../codec/wire/audience-token.ts';
import { ChannelService } from '../../gen/attune/v1/channel_pb.ts';
import type { AudienceMember } from '../../port/customers.ts';
import { cut, invalidRequest, refused } from '../failure.ts';
import type { Route } from '../method.ts';
import type { ServiceContext } from '../service-context.ts';
import { unaryMethod } from '../unary-method.ts';

/** Members of a page whose caller does not say how many. */
const PAGE = 100;

/** ChannelService.ListAudience. */
export function listAudienceRoute(context: ServiceContext): Route {
  const { customers, policies } = context;
  return unaryMethod(context, ChannelService.method.listAudience, async (request) => {
    const { audience, pageSize, pageToken } = request;
    const names = policies.current?.audiences.map(({ id }) => id) ?? [];
    if (!names.includes(audience)) {
      const message = `audience names no audience of the policy${suggestName(audience, names)}`;
      return invalidRequest([{ field: 'audience', rule: 'audience', value: cut(audience), message }]);
    }
    const place = parseAudienceToken(audience, pageToken, customers.status().length);
    if (place === undefined) {
      const message =
        'page_token is not the next_page_token of a page of this audience; begin anew without one';
      return invalidRequest([{ field: 'page_token', rule: 'page_token', value: cut(pageToken), message }]);
    }
    const page = await customers.audience(audience, place, pageSize === 0 ? PAGE : pageSize);
    if (page.kind === 'refused') return refused(page);
    return {
      members: page.members.map(memberMessage),
      nextPageToken: page.next === undefined ? '' : audienceToken(audience, page.next),
    };
  });
}

function memberMessage({ customerId, identifiers, version, choice, tracking }: AudienceMember) {
  return {
    customerId,
    identifiers: identifiers.map(({ kind, value }) => ({ kind, value })),
    version: BigInt(version),
    treatment: treatmentMessage(choice, tracking),
    notAfter: timestampFromMs(choice.notAfter),
  };
}
