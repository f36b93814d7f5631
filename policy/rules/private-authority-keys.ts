/** Private authorities have their keys in certified hardware, and a month to undo their deletion. */

import { numberOf, textOf } from "../../plan/read-inputs";
import type { Rule } from "../rule";

const authorityType = "aws:acmpca/certificateAuthority:CertificateAuthority";
const hardware = "FIPS_140_2_LEVEL_3_OR_HIGHER";

export const privateAuthorityKeys: Rule = {
  id: "private-authority-keys",
  title: "Keys of private authorities are safe",
  checks:
    "Private certificate authorities keep their keys in hardware of FIPS 140-2 level 3, and are restorable for 30 days after deletion.",
  why: "Who has an authority's key is any service; who deletes the authority stops every service within a certificate's life.",
  fix: `Leave keyStorageSecurityStandard at ${hardware} and permanentDeletionTimeInDays at 30.`,
  severity: "mandatory",
  types: [authorityType],
  check: ({ inputs }) => {
    const faults: string[] = [];
    // Both are what AWS presets (Private CA API, CreateCertificateAuthority and DeleteCertificateAuthority).
    if (textOf(inputs.keyStorageSecurityStandard, hardware) !== hardware) faults.push("keeps its key in hardware of a lower level");
    if (numberOf(inputs.permanentDeletionTimeInDays, 30) < 30) faults.push("is gone less than 30 days after it is deleted");
    return faults;
  },
  passing: { type: authorityType, inputs: { keyStorageSecurityStandard: hardware, permanentDeletionTimeInDays: 30 } },
  failing: { type: authorityType, inputs: { permanentDeletionTimeInDays: 7 } },
};
