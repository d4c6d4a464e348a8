/** What a command that will use the store can begin before anything else is loaded: SQLite compiles on other threads meanwhile. */
export { preloadStore as warmUp } from '../store/index.ts';
