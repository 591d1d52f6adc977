// A page that only hands the payer over: the form goes by itself; its button is for when scripts do not run.
"use strict";
document.getElementById("submit").submit();
