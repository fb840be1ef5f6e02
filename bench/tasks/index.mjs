// All tasks, in the order they are measured and shown:
//   name      as shown
//   columns   of the answer; ":decimal" marks amounts, compared in cents
//   check     by system, SQL that unrolls the answer for comparing, if it is not flat
//   answer    the task whose answer this one must give too (its own by default)
//   forms     see common.mjs
import engagement from './engagement.mjs';
import journeys from './journeys.mjs';
import lifecycle from './lifecycle.mjs';
import retention from './retention.mjs';
import users from './users.mjs';

export default [...users, ...retention, ...lifecycle, ...engagement, ...journeys];
