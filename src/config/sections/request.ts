/** `request:` what steps of that kind may reach and fetch. */
import { Type } from '@sinclair/typebox';
import { group } from '../leaves.ts';
import { defineSection } from './section.ts';

export interface RequestConfig {
  /** Whether private, link-local and loopback addresses may be reached. @default false */
  readonly allowPrivateNetwork: boolean;
  /** The largest body that is read, in bytes. @default 50 MiB */
  readonly maxBytes: number;
}

export const request = defineSection<RequestConfig>({
  schema: group(
    {
      allowPrivateNetwork: Type.Boolean({
        default: false,
        description:
          'Whether steps may reach private, link-local and loopback addresses without `allowPrivateNetwork` of their own.',
      }),
      maxMb: Type.Number({
        minimum: 0,
        default: 50,
        description: 'The largest response that is read, in MiB, where a step has no `maxBytes`.',
      }),
    },
    'Steps of kind request.',
  ),
  read: ({ get }) => ({
    allowPrivateNetwork: get('request.allowPrivateNetwork'),
    maxBytes: get<number>('request.maxMb') * 1024 * 1024,
  }),
});
