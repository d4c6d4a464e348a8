/** What child processes get to see of our environment. */
import { describe, expect, it } from 'vitest';
import { childEnvironment } from '../../../src/services/process/child-environment.ts';

describe('the environment of child processes', () => {
  const base = {
    PATH: '/bin',
    TOKEN: 'hunter22',
    URL: 'https://x:hunter22@host',
    KEYSTONE_STORE: 'x',
    DEPLOY_KEY: 'k',
    N: undefined,
  };

  it('keeps what the user has and leaves out our own settings', () => {
    expect(childEnvironment({ base: { PATH: '/bin', KEYSTONE_X: '1' }, env: {} })).toEqual({
      PATH: '/bin',
      SHLVL: '1',
    });
    expect(childEnvironment({ base: { SHLVL: '3' }, env: {} })).toEqual({ SHLVL: '3' });
  });

  it('leaves out variables that hold or are named as secrets', () => {
    const env = childEnvironment({ base, env: {}, secrets: ['hunter22', 'k'], secretNames: ['DEPLOY_KEY'] });
    expect(env).toEqual({ PATH: '/bin', SHLVL: '1' });
  });

  it('takes names with stars, and leaves what nothing runs without', () => {
    const secrets = { base: { ...base, HOME: '/home/hunter22' }, secrets: ['hunter22', '/bin'] };
    expect(childEnvironment({ ...secrets, env: {}, secretNames: ['*KEY', 'T*N', 'X*'] })).toEqual({
      PATH: '/bin',
      HOME: '/home/hunter22',
      SHLVL: '1',
    });
  });

  it('hands on a secret the workflow names, and removes what it sets to null', () => {
    const env = childEnvironment({ base, env: { TOKEN: 'hunter22', PATH: null }, secrets: ['hunter22'] });
    expect(env).toMatchObject({ TOKEN: 'hunter22' });
    expect(env).not.toHaveProperty('PATH');
  });
});
