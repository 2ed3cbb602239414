DROP TABLE letter_choices;
DROP TABLE letters;
