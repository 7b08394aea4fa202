/* N independent containers, and a promise over runs: what was created is pre-started or fails. */

#include "containers.pml"

ltl settled { [] (Container[0]@created -> <> (Container[0]@end_pre_started || Container[0]@end_failed)) }
