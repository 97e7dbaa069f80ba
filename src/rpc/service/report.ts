import { status } from '@grpc/grpc-js';
import { encodeReportReply, type FeedbackResultOutput } from '../../codec/wire/encode-channel.ts';
import { parseReport, type ReportInput } from '../../codec/wire/parse-channel.ts';
import { WireFault } from '../../codec/wire/violation.ts';
import { LIMITS } from '../../config/limits.ts';
import { channelIndex } from '../../core/channel.ts';
import { ChannelService } from '../../gen/attune/v1/channel_pb.ts';
import { malformed } from '../failure.ts';
import { Meter } from '../meter.ts';
import { methodName, methodPath, type Route } from '../method.ts';
import type { ServiceContext } from '../service-context.ts';
import { failureOf } from '../status.ts';
import { unknownChannel } from './channel-name.ts';
import { faultyFeedback, feedbackResult, noteRefusedFeedback } from './feedback-result.ts';

/** ChannelService.Report: each feedback by itself, the results in the order of the request. */
export function reportRoute(context: ServiceContext): Route {
  const { customers, observer } = context;
  const method = ChannelService.method.report;
  const meter = new Meter(methodName(method), context.observer, context.inFlight);
  const handleAll = async ({ feedback, channel }: ReportInput): Promise<FeedbackResultOutput[]> =>
    Promise.all(
      feedback.map(async (input) => {
        const result =
          input instanceof WireFault
            ? faultyFeedback(input)
            : await new Promise<FeedbackResultOutput>((resolve) =>
                customers.feedback(input, (outcome) => resolve(feedbackResult(input, outcome))),
              );
        const keys = input instanceof WireFault ? [] : input.identifiers;
        noteRefusedFeedback(context.refusals, meter.method, channel, result, keys);
        return result;
      }),
    );
  return [
    methodPath(method),
    {
      kind: 'unary',
      messageBytesMax: LIMITS.requestBytesMax,
      failed: (error) => meter.threw(error),
      handler: (call, message) => {
        const began = meter.begin();
        const report = parseReport(message);
        if (report instanceof WireFault) return meter.fail(call, began, malformed(report));
        if (channelIndex(report.channel) < 0)
          return meter.fail(call, began, unknownChannel('channel', report.channel));
        handleAll(report).then(
          (results) => {
            call.reply(encodeReportReply(results));
            meter.answered(began, status.OK);
          },
          (thrown: unknown) => meter.fail(call, began, failureOf(thrown, meter.method, observer)),
        );
      },
    },
  ];
}
