"""The front page of the admin: the records by task, each with a line that says what to do there."""

SECTIONS = {
    "Projects": {
        "projects.Hub": "Add hubs, and correct their facts, milestones, funding and notes",
        "projects.HospitalScheme": "Add hospital schemes, and correct their facts, milestones, funding and notes",
        "projects.Milestone": "Correct milestones with every date stated for them",
        "projects.BacklogRemoved": "Add or correct what projects remove of a site's backlog",
        "projects.Programme": "Group projects that are run together",
        "projects.Priority": "Edit the priorities of the strategy that projects support",
        "projects.Service": "Edit the list of services that hubs offer",
    },
    "Sites and organisations": {
        "sites.Site": "Add sites, their codes, surveys and estate returns",
        "sites.Organisation": "Add organisations, their codes and what replaced them",
        "sites.Place": "Edit the places of the system",
    },
    "Reporting": {
        "projects.ReportingPeriod": "Add or correct reporting periods",
        "projects.StatusReport": "See status reports; they are written and reviewed in the portal",
        "projects.RatingMeaning": "Define what each rating means, and from when",
        "projects.DateChangeReason": "Edit the reasons that contributors can give for a moved date",
        "projects.RiskCategory": "Edit the categories of risks, and when each is in use",
        "projects.Notice": "See which emails were sent to whom",
    },
    "Published information": {
        "projects.Source": "Edit the published pages and papers that facts come from",
        "projects.StrategySection": "Edit the page about the strategy",
        "projects.SearchSynonym": "Add words that people search for",
        "sites.System": "Edit the name, contact details and map of this system",
    },
    "Users": {
        "accounts.User": "Change details and roles of users",
        "accounts.Invitation": "See who was invited, and withdraw an invitation",
        "accounts.AuditEvent": "See sign-ins and changes of accounts",
    },
    "Deleted records": {
        "deletion.Deletion": "See what was deleted, by whom and why, and restore it",
    },
}


def sections_of(app_list):
    """[(section, [(the admin's entry of a model, its line)])] of the entries that the user can open, as in SECTIONS.

    `app_list` is Django's. Models without a line come last, under "Other".
    """
    entries = {entry["model"]._meta.label: entry for app in app_list for entry in app["models"]}
    sections = [
        (section, [(entries.pop(label), line) for label, line in lines.items() if label in entries])
        for section, lines in SECTIONS.items()
    ]
    sections.append(("Other", [(entry, "") for entry in entries.values()]))
    return [(section, lines) for section, lines in sections if lines]
