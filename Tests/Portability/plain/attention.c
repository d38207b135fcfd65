#include "attention.h"
#include "pairs.h"
#include "wide/attend.h"
#include "store.h"

const struct kernel_attention plain_attention = {wide_attend, store_rows};
