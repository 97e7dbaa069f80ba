/** The starter policy with attributes, an audience, a mail and a banner that say a name, so that a name is in all that can hold one. */
import { appendFileSync, cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const STARTER = fileURLToPath(new URL('../../../policies/starter', import.meta.url));

export function writeShop(directory: string): void {
  cpSync(STARTER, directory, { recursive: true });
  appendFileSync(
    join(directory, 'policy.yaml'),
    '\nattributes:\n  first_name: { type: text }\n  city: { type: text }\n  likes: { type: texts, personal: false }\n',
  );
  appendFileSync(
    join(directory, 'channels.yaml'),
    '\naudiences:\n  retargeting: { identifiers: [email_sha256, phone_sha256] }\n',
  );
  writeFileSync(join(directory, 'actions/personal.yaml'), ACTIONS);
}

const ACTIONS = `actions:
  letter:
    title: A letter
    purpose: service
    promotion: false
    subject: none
    channels: [email]
    proactive: true
    lift: { mean: 0.5, sd: 0.0001 }
    variants:
      plain:
        template: letter
        text: "Dear {name}: https://shop.example/?attune={token}"
        slots: { name: { from: attributes.first_name }, token: { from: message.tracking } }
  greeting:
    title: Greets by name
    purpose: service
    promotion: false
    subject: none
    channels: [web]
    placements: [home_hero]
    lift: { mean: 0.5, sd: 0.0001 }
    variants:
      plain:
        template: hello
        liquid: "Welcome back, {{ name }} of {{ city }}"
        slots: { name: { from: attributes.first_name }, city: { from: attributes.city } }
  ad:
    title: What was looked at
    purpose: marketing
    promotion: true
    subject: viewed
    channels: [ads]
    audience: retargeting
    proactive: true
    lift: { mean: 0.4, sd: 0.0001 }
    valid: 7d
    variants:
      plain: { template: ads, text: "{title}", slots: { title: { from: subject.title } } }
`;
