"""Who may do what. Any row grants; every fact in the row must hold."""

from circle.access.permissions import Permission
from circle.access.predicates import (
    Predicate,
    covers_division,
    does_casework,
    files_for_division,
    handles_files,
    heads_the_district,
    holds_case,
    holds_task,
    is_signed_in,
    is_worker,
    keeps_security,
    keeps_the_system,
    looks_after_account,
    offered_in_division,
    reads_the_trail,
    recorded_it,
    reviews,
    stands_in_division,
    supervises,
)
from models.vocabulary.privacy import RevealField

IN_OWN_HANDS: list[list[Predicate]] = [[does_casework, holds_case], [does_casework, holds_task]]
SERVED: list[list[Predicate]] = [*IN_OWN_HANDS, [does_casework, covers_division]]
OWN_CASE_OR_SUPERVISED: list[list[Predicate]] = [
    [is_worker, holds_case],
    [supervises, covers_division],
]
OWN_TASK_OR_SUPERVISED: list[list[Predicate]] = [
    [does_casework, holds_task],
    [supervises, covers_division],
]

OFFERED_HERE: list[list[Predicate]] = [
    [does_casework, offered_in_division],
    [reviews, offered_in_division],
]
REFERRED: list[list[Predicate]] = [[is_worker, holds_case], [does_casework, covers_division]]

POLICY: dict[Permission, list[list[Predicate]]] = {
    Permission.READ_TODO: [[does_casework, holds_task], [does_casework, covers_division]],
    Permission.ACT_ON_TASK: OWN_TASK_OR_SUPERVISED,
    Permission.HAND_OVER_TASK: OWN_TASK_OR_SUPERVISED,
    Permission.READ_RESIDENT: SERVED,
    Permission.PRINT_RESIDENT: SERVED,
    Permission.AMEND_RESIDENT: SERVED,
    Permission.REVEAL_RESIDENT: OWN_CASE_OR_SUPERVISED,
    Permission.CALL_RESIDENT: [*IN_OWN_HANDS, [supervises, covers_division]],
    Permission.READ_CASES: SERVED,
    Permission.EXPORT_CASES: SERVED,
    Permission.OPEN_CASE: SERVED,
    Permission.CLOSE_CASE: OWN_CASE_OR_SUPERVISED,
    Permission.HAND_OVER_CASE: OWN_CASE_OR_SUPERVISED,
    Permission.RECORD_VISIT: SERVED,
    # Whoever recorded it, as long as the person is theirs to serve.
    Permission.CORRECT_VISIT: [
        *([*row, recorded_it] for row in SERVED),
        [supervises, covers_division],
    ],
    Permission.CONFIRM_REGISTRATION: SERVED,
    Permission.READ_IMPORTS: [[handles_files, files_for_division]],
    Permission.FILE_IMPORT: [[handles_files, files_for_division]],
    Permission.UNDO_IMPORT: [[handles_files, files_for_division]],
    Permission.READ_BOARDS: [[supervises]],
    Permission.READ_AUDIT: [[reads_the_trail]],
    Permission.MANAGE_ACCOUNTS: [[keeps_the_system, looks_after_account]],
    Permission.UNLOCK_ACCOUNT: [
        [keeps_the_system, looks_after_account],
        [keeps_security, looks_after_account],
    ],
    Permission.READ_JOBS: [[keeps_the_system]],
    Permission.RUN_JOB: [[keeps_the_system]],
    Permission.READ_INTEGRITY: [[keeps_the_system], [heads_the_district]],
    Permission.MEND_RECORDS: [[keeps_the_system]],
    Permission.READ_POSTS: OFFERED_HERE,
    Permission.SUBMIT_POST: OFFERED_HERE,
    # A worker may bring a post in; whether it is seen is for others to say.
    Permission.REVIEW_POST: [[reviews, offered_in_division], [supervises, offered_in_division]],
    Permission.READ_EMPLOYERS: OFFERED_HERE,
    Permission.MANAGE_EMPLOYERS: OFFERED_HERE,
    Permission.READ_MATCHES: SERVED,
    Permission.REFER: SERVED,
    Permission.MANAGE_REFERRAL: REFERRED,
    Permission.RECORD_HIRE: REFERRED,
    Permission.READ_SERVICES: SERVED,
    Permission.RECORD_SERVICE: SERVED,
    Permission.EXPORT_SERVICES: SERVED,
    # As with visits: whoever recorded it, or who supervises the place.
    Permission.REMOVE_SERVICE: [
        *([*row, recorded_it] for row in SERVED),
        [supervises, covers_division],
    ],
    Permission.READ_PLACES: [[does_casework], [reviews], [keeps_the_system]],
    Permission.MANAGE_STATIONS: [
        [supervises, stands_in_division],
        [keeps_the_system, stands_in_division],
    ],
    Permission.READ_WEIGHTS: [[supervises], [keeps_the_system]],
    Permission.SET_WEIGHTS: [[heads_the_district]],
    Permission.READ_DIGEST: [[does_casework]],
    Permission.READ_MESSAGES: [[does_casework, covers_division]],
    Permission.SEND_MESSAGES: [[supervises, covers_division]],
    Permission.KEEP_OWN_ACCOUNT: [[is_signed_in]],
}

# Calling somebody needs the phone; everything else hidden asks for more.
REVEAL_PERMISSIONS = {
    field: Permission.CALL_RESIDENT if field is RevealField.PHONE else Permission.REVEAL_RESIDENT
    for field in RevealField
}
