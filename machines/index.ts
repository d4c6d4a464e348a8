/** The hand-written statecharts. Pure: nothing here touches files, environment, clock, network or store. */
export * from './body.ts';
export * from './compensation.ts';
export * from './fleet.ts';
export * from './llm.ts';
export * from './llm-setup.ts';
export * from './pool.ts';
export * from './run.ts';
export * from './run-setup.ts';
export * from './step.ts';
export * from './step-setup.ts';
