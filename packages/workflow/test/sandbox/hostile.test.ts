import { describeHostileCode } from './describe-hostile-code.ts';

// The other sandboxes and users: test/faults/sandbox-hostile.test.ts.
describeHostileCode('auto');
