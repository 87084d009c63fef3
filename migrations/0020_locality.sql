-- Where somebody lives, in the words they use for it: whoever cannot be phoned is looked for there.
alter table beneficiary add column locality text;
alter table former_detail add column locality text;
